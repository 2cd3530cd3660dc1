#include "passes/rewrite.h"

#include <functional>
#include <queue>

#include "base/check.h"

namespace scoria {

std::vector<std::vector<int>> count_uses(const GraphData& graph) {
  std::vector<std::vector<int>> uses;
  for (const Node& node : graph.nodes) uses.emplace_back(node.outputs.size(), 0);
  for (const Node& node : graph.nodes) {
    for (const Edge& input : node.inputs) ++uses[input.node][input.output];
  }
  for (const NamedEdge& output : graph.outputs) ++uses[output.value.node][output.value.output];
  for (const Edge& kept : graph.kept) ++uses[kept.node][kept.output];
  return uses;
}

bool depends_on(const GraphData& graph, NodeId node, Edge value) {
  std::vector<bool> seen(graph.nodes.size(), false);
  std::vector<NodeId> open = {node};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    for (const Edge& input : graph.nodes[id].inputs) {
      if (input == value) return true;
      if (!seen[input.node]) open.push_back(input.node);
      seen[input.node] = true;
    }
  }
  return false;
}

void restore_order(GraphData& graph) {
  std::vector<std::vector<NodeId>> users(graph.nodes.size());
  std::vector<std::size_t> waits_for(graph.nodes.size(), 0);
  std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    for (const Edge& input : graph.nodes[id].inputs) users[input.node].push_back(id);
    waits_for[id] = graph.nodes[id].inputs.size();
    if (waits_for[id] == 0) ready.push(id);
  }
  std::vector<NodeId> order;
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const NodeId user : users[order.back()]) {
      if (--waits_for[user] == 0) ready.push(user);
    }
  }
  SCORIA_CHECK(order.size() == graph.nodes.size(), "a pass leaves no cycle");
  keep_nodes(graph, order);
}

void keep_nodes(GraphData& graph, const std::vector<NodeId>& order) {
  constexpr NodeId kGone = ~0u;
  std::vector<NodeId> renamed(graph.nodes.size(), kGone);
  std::vector<Node> nodes;
  for (const NodeId id : order) {
    renamed[id] = static_cast<NodeId>(nodes.size());
    nodes.push_back(std::move(graph.nodes[id]));
  }
  graph.nodes = std::move(nodes);
  const auto rename = [&](Edge& use) {
    use.node = renamed[use.node];
    SCORIA_CHECK(use.node != kGone, "a node in use is kept");
  };
  for_each_use(graph, rename);
  for (NamedEdge& input : graph.inputs) rename(input.value);
  for (NamedEdge& state : graph.states) rename(state.value);
}

}  // namespace scoria
