#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/op_def.h"

namespace scoria {

using NodeId = std::uint32_t;

/// Which output of which node.
struct Edge {
  NodeId node = 0;
  std::uint32_t output = 0;
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

struct Node {
  const OpDef* op = nullptr;
  std::vector<Edge> inputs;
  Attributes attributes;
  std::vector<TensorDesc> outputs;
  std::string label;
};

struct NamedEdge {
  std::string name;
  Edge value;
};

/// Nodes stand in an order in which they can run: every input comes before its user.
struct GraphData {
  std::vector<Node> nodes;
  std::vector<NamedEdge> inputs;
  std::vector<NamedEdge> states;
  std::vector<NamedEdge> outputs;
  std::vector<Edge> kept;
  std::string scope;

  const TensorDesc& desc(Edge value) const { return nodes[value.node].outputs[value.output]; }
};

/// The ops behind Graph::input and Graph::state. They compute nothing.
extern const OpDef input_op;
extern const OpDef state_op;

/// True for graph inputs and states: nodes that compute nothing.
bool is_source(const Node& node);
/// True if the node's output is a part of its input's memory.
bool is_view(const Node& node);

/// The descs of a node's inputs, in order.
std::vector<TensorDesc> input_descs(const GraphData& graph, const Node& node);

}  // namespace scoria
