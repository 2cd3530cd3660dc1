#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "scoria/session.h"

namespace scoria {

/// Sessions of one model at several shapes, made when first asked for. All share their states by name, and the memory
/// of intermediate values with those that were made before them and need more: ask for the largest shape first.
template <typename Shape>
class SessionFamily {
 public:
  using MakeGraph = std::function<Graph(const Shape&)>;

  SessionFamily(const Device& device, MakeGraph make_graph) : device_(device), make_graph_(std::move(make_graph)) {}
  /// Shares the states of a session that must live as long as no session of the family is made.
  SessionFamily(const Session& sharing, MakeGraph make_graph)
      : sharing_(&sharing), make_graph_(std::move(make_graph)) {}

  Session& at(const Shape& shape) {
    const auto found = sessions_.find(shape);
    if (found != sessions_.end()) return found->second;
    Session& made = sessions_.emplace(shape, make(make_graph_(shape))).first->second;
    if (!sharing_) sharing_ = &made;
    return made;
  }

 private:
  Session make(const Graph& graph) { return sharing_ ? Session(*sharing_, graph) : Session(*device_, graph); }

  std::optional<Device> device_;
  const Session* sharing_ = nullptr;
  MakeGraph make_graph_;
  std::map<Shape, Session> sessions_;
};

}  // namespace scoria
