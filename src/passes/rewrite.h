#pragma once

#include <vector>

#include "graph/node.h"

namespace scoria {

// What the passes are made of.

/// Lets every user of one value (nodes, outputs, kept values) use another of the same desc.
void redirect(GraphData& graph, Edge from, Edge to);
/// How many node inputs, outputs and kept values name each value, by node and output.
std::vector<std::vector<int>> count_uses(const GraphData& graph);
/// True if the node needs the value, directly or through others.
bool depends_on(const GraphData& graph, NodeId node, Edge value);
/// Puts the nodes back into an order in which they can run, keeping the present one where it can.
void restore_order(GraphData& graph);
/// Keeps the nodes in `order` only, in that order, and renames every edge.
void keep_nodes(GraphData& graph, const std::vector<NodeId>& order);

}  // namespace scoria
