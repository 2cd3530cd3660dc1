#include "passes/fuse_dropout_add_layer_norm.h"

#include <optional>

#include "graph/node.h"
#include "passes/remove_dead_nodes.h"
#include "passes/rewrite.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

/// The three nodes of a fold and what goes into it.
struct Match {
  NodeId layer_norm;
  NodeId dropout;
  Edge sum;
  Edge residual;
};

struct Ops {
  const OpDef* dropout = find_op("dropout");
  const OpDef* add = find_op("add");
  const OpDef* layer_norm = find_op("layer_norm");
};

std::optional<Match> match(const GraphData& graph, const Ops& ops, NodeId id) {
  const Node& norm = graph.nodes[id];
  if (norm.op != ops.layer_norm) return std::nullopt;
  const Edge sum = norm.inputs[0];
  const Node& add = graph.nodes[sum.node];
  if (add.op != ops.add) return std::nullopt;
  // gamma and beta go into the fused node, which then makes the sum: they must not come from it.
  for (const Edge& parameter : {norm.inputs[1], norm.inputs[2]}) {
    if (parameter == sum || depends_on(graph, parameter.node, sum)) return std::nullopt;
  }
  const std::vector<std::vector<int>> uses = count_uses(graph);
  for (const std::size_t side : {0, 1}) {
    const Edge dropped = add.inputs[side];
    const Edge residual = add.inputs[1 - side];
    if (graph.nodes[dropped.node].op != ops.dropout || uses[dropped.node][0] != 1) continue;
    if (graph.desc(dropped) != graph.desc(residual)) continue;
    return Match{id, dropped.node, sum, residual};
  }
  return std::nullopt;
}

void fold(Graph& graph, const Match& match) {
  GraphData& data = graph.data();
  const auto value = [&](Edge edge) { return Value(&graph, edge.node, edge.output); };
  const Node dropout = data.nodes[match.dropout];
  const Node norm = data.nodes[match.layer_norm];
  const Value fused = dropout_add_layer_norm(value(dropout.inputs[0]), value(match.residual), value(dropout.inputs[1]),
                                             value(norm.inputs[1]), value(norm.inputs[2]),
                                             static_cast<float>(dropout.attributes.number("p")),
                                             static_cast<std::uint32_t>(dropout.attributes.integer("site")),
                                             static_cast<float>(norm.attributes.number("eps")),
                                             dropout.inputs.size() > 2 ? value(dropout.inputs[2]) : Value());
  // The fused node takes the slot of the layer_norm, whose y, mean and rstd are its outputs 0, 2 and 3.
  data.nodes[match.layer_norm] = std::move(data.nodes[fused.node()]);
  data.nodes[match.layer_norm].label = norm.label;
  data.nodes.pop_back();
  for_each_use(data, [&](Edge& use) {
    if (use.node == match.layer_norm && use.output > 0) ++use.output;
    if (use == match.sum) use = {match.layer_norm, 1};
  });
}

}  // namespace

int fuse_dropout_add_layer_norm(Graph& graph) {
  const Ops ops;
  int folds = 0;
  for (NodeId id = 0; id < graph.data().nodes.size(); ++id) {
    const std::optional<Match> found = match(graph.data(), ops, id);
    if (!found) continue;
    fold(graph, *found);
    ++folds;
  }
  if (folds > 0) {
    restore_order(graph.data());
    remove_dead_nodes(graph);
  }
  return folds;
}

}  // namespace scoria
