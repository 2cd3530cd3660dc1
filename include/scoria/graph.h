#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "scoria/tensor.h"

namespace scoria {

class Graph;
struct GraphData;

/// One output of one node of a graph: a handle to copy freely. Valid as long as its graph.
class Value {
 public:
  Value() = default;
  Value(Graph* graph, std::uint32_t node, std::uint32_t output) : graph_(graph), node_(node), output_(output) {}

  /// False for a default-made Value; ops with optional arguments take that for "absent".
  explicit operator bool() const { return graph_ != nullptr; }
  const TensorDesc& desc() const;
  const Shape& shape() const { return desc().shape; }
  DType dtype() const { return desc().dtype; }
  Graph& graph() const { return *graph_; }
  std::uint32_t node() const { return node_; }
  std::uint32_t output() const { return output_; }
  friend bool operator==(const Value&, const Value&) = default;

 private:
  Graph* graph_ = nullptr;
  std::uint32_t node_ = 0;
  std::uint32_t output_ = 0;
};

/// A computation, written down before it runs: a list of ops on values of static shape. Every misuse is an
/// Error while the graph is being built, before any device work.
///
/// Values have one of three origins: inputs, which the caller writes before a step; states, which live on the
/// device from step to step (weights, moments, counters); and the outputs of ops.
class Graph {
 public:
  Graph();
  ~Graph();
  Graph(const Graph&);
  Graph(Graph&&) noexcept;
  Graph& operator=(const Graph&);
  Graph& operator=(Graph&&) noexcept;

  /// Data the caller gives before each step. Throws Error if the name is taken.
  Value input(std::string name, TensorDesc desc);
  /// Memory that lives on the device between steps, zero until written, and shared by name between the
  /// sessions that share state. Ops that update (adamw, accumulate, increment) change it in place; the value
  /// they return is the state after the update. Throws Error if the name is taken by another dtype or shape;
  /// asking again for the same state gives the same Value.
  Value state(std::string name, TensorDesc desc);
  /// Makes a value readable under a name after each step, and keeps it and all it needs alive.
  void output(std::string name, Value value);
  /// Keeps a value that is not read (an updated state) and all it needs alive.
  void keep(Value value);

  /// Every node made while the returned Scope lives is labelled "outer.name...", for errors, logs, profiles.
  class Scope {
   public:
    Scope(Graph& graph, std::string_view name);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Graph& graph_;
    std::size_t outer_length_;
  };

  /// One line a node: "%7 = gelu %6 {approximate: 0} : f32 [32, 512]  // encoder.0.intermediate"
  std::string to_string() const;
  /// Checks that every node's inputs come before it and that its outputs are what its op infers from them.
  void verify() const;

  /// For the library's own rooms; declared in src/graph/node.h.
  GraphData& data() { return *data_; }
  const GraphData& data() const { return *data_; }

 private:
  std::unique_ptr<GraphData> data_;
};

}  // namespace scoria
