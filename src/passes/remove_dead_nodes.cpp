#include "passes/remove_dead_nodes.h"

#include "passes/rewrite.h"

namespace scoria {

int remove_dead_nodes(Graph& graph) {
  GraphData& data = graph.data();
  std::vector<bool> live(data.nodes.size(), false);
  for (const NamedEdge& input : data.inputs) live[input.value.node] = true;
  for (const NamedEdge& state : data.states) live[state.value.node] = true;
  for (const NamedEdge& output : data.outputs) live[output.value.node] = true;
  for (const Edge& kept : data.kept) live[kept.node] = true;
  for (NodeId id = static_cast<NodeId>(data.nodes.size()); id-- > 0;) {
    if (!live[id]) continue;
    for (const Edge& input : data.nodes[id].inputs) live[input.node] = true;
  }
  std::vector<NodeId> order;
  for (NodeId id = 0; id < data.nodes.size(); ++id) {
    if (live[id]) order.push_back(id);
  }
  const int removed = static_cast<int>(data.nodes.size() - order.size());
  if (removed > 0) keep_nodes(data, order);
  return removed;
}

}  // namespace scoria
