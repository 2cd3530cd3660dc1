#include "passes/fuse_scatter_add.h"

#include <optional>

#include "graph/node.h"
#include "passes/remove_dead_nodes.h"
#include "passes/rewrite.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

struct Match {
  Edge base;
  NodeId scatter;
};

bool is_computed(const Node& node) { return !is_source(node) && !is_view(node); }

std::optional<Match> match(const GraphData& graph, const OpDef* add_op, const OpDef* scatter_op, NodeId id) {
  const Node& add = graph.nodes[id];
  if (add.op != add_op || graph.desc(add.inputs[0]) != graph.desc(add.inputs[1])) return std::nullopt;
  for (const std::size_t side : {0, 1}) {
    const Edge scattered = add.inputs[side];
    const Edge base = add.inputs[1 - side];
    if (graph.nodes[scattered.node].op != scatter_op || !is_computed(graph.nodes[base.node])) continue;
    const std::vector<std::vector<int>> uses = count_uses(graph);
    if (uses[scattered.node][0] == 1 && uses[base.node][base.output] == 1) return Match{base, scattered.node};
  }
  return std::nullopt;
}

void fold(Graph& graph, NodeId add, const Match& match) {
  GraphData& data = graph.data();
  const auto value = [&](Edge edge) { return Value(&graph, edge.node, edge.output); };
  const std::vector<Edge> inputs = data.nodes[match.scatter].inputs;  // rows, x
  const Value fused = scatter_add_rows_into(value(match.base), value(inputs[0]), value(inputs[1]));
  data.nodes[fused.node()].label = data.nodes[add].label;
  data.nodes[add] = std::move(data.nodes[fused.node()]);
  data.nodes.pop_back();
}

}  // namespace

int fuse_scatter_add(Graph& graph) {
  const OpDef* add_op = find_op("add");
  const OpDef* scatter_op = find_op("scatter_add_rows");
  int folds = 0;
  for (NodeId id = 0; id < graph.data().nodes.size(); ++id) {
    const std::optional<Match> found = match(graph.data(), add_op, scatter_op, id);
    if (!found) continue;
    fold(graph, id, *found);
    ++folds;
  }
  if (folds > 0) remove_dead_nodes(graph);
  return folds;
}

}  // namespace scoria
