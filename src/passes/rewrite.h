#pragma once

#include <vector>

#include "graph/node.h"

namespace scoria {

// What the passes are made of.

/// Visits every use of a value: the inputs of nodes, outputs and kept values.
template <typename Visit>
void for_each_use(GraphData& graph, Visit visit) {
  for (Node& node : graph.nodes) {
    for (Edge& input : node.inputs) visit(input);
  }
  for (NamedEdge& output : graph.outputs) visit(output.value);
  for (Edge& kept : graph.kept) visit(kept);
}

/// The number of uses of each value, by node and output.
std::vector<std::vector<int>> count_uses(const GraphData& graph);
/// True if the node needs the value, directly or through others.
bool depends_on(const GraphData& graph, NodeId node, Edge value);
/// Puts the nodes back into an order in which they can run, keeping the present one where it can.
void restore_order(GraphData& graph);
/// Keeps the nodes in `order` only, in that order, and renames every edge.
void keep_nodes(GraphData& graph, const std::vector<NodeId>& order);

}  // namespace scoria
