#include "passes/merge_equal_nodes.h"

#include <algorithm>
#include <map>
#include <set>

#include "passes/remove_dead_nodes.h"
#include "passes/rewrite.h"

namespace scoria {
namespace {

/// Nodes of which some output, seen through views, is updated in place.
std::set<NodeId> find_updated(const GraphData& graph) {
  std::set<NodeId> updated;
  for (NodeId id = static_cast<NodeId>(graph.nodes.size()); id-- > 0;) {
    for (const Alias& alias : graph.nodes[id].op->aliases) {
      const bool passes_on = alias.kind == AliasKind::View && updated.count(id) != 0;
      if (alias.kind == AliasKind::Update || passes_on) updated.insert(graph.nodes[id].inputs[alias.input].node);
    }
  }
  return updated;
}

bool updates_in_place(const Node& node) {
  return std::any_of(node.op->aliases.begin(), node.op->aliases.end(),
                     [](const Alias& alias) { return alias.kind == AliasKind::Update; });
}

}  // namespace

int merge_equal_nodes(Graph& graph) {
  GraphData& data = graph.data();
  const std::set<NodeId> updated = find_updated(data);
  std::multimap<std::pair<const OpDef*, std::vector<Edge>>, NodeId> seen;
  std::vector<NodeId> same_as(data.nodes.size());
  int merged = 0;
  for (NodeId id = 0; id < data.nodes.size(); ++id) {
    same_as[id] = id;
    Node& node = data.nodes[id];
    for (Edge& input : node.inputs) input.node = same_as[input.node];
    if (is_source(node) || updates_in_place(node) || updated.count(id) != 0) continue;
    const auto key = std::make_pair(node.op, node.inputs);
    const auto [begin, end] = seen.equal_range(key);
    const auto equal = std::find_if(begin, end, [&](const auto& item) {
      const Node& other = data.nodes[item.second];
      return other.attributes == node.attributes && other.outputs == node.outputs;
    });
    if (equal == end) {
      seen.emplace(key, id);
    } else {
      same_as[id] = equal->second;
      ++merged;
    }
  }
  for (NamedEdge& output : data.outputs) output.value.node = same_as[output.value.node];
  for (Edge& kept : data.kept) kept.node = same_as[kept.node];
  if (merged > 0) remove_dead_nodes(graph);
  return merged;
}

}  // namespace scoria
