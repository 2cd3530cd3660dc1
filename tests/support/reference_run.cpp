#include "support/reference_run.h"

#include "base/check.h"

namespace scoria::test {

std::vector<std::vector<double>> given_values(const OpCase& op_case) {
  std::vector<std::vector<double>> values;
  for (const Given& g : op_case.given()) values.push_back(g.values);
  return values;
}

ReferenceRun::ReferenceRun(const OpCase& op_case, const std::vector<std::vector<double>>& given) {
  run(op_case, given);
}
ReferenceRun::ReferenceRun(const OpCase& op_case) { run(op_case, given_values(op_case)); }

void ReferenceRun::run(const OpCase& op_case, const std::vector<std::vector<double>>& given) {
  const GraphData& graph = op_case.graph().data();
  tensors_.resize(graph.nodes.size());
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    for (const TensorDesc& desc : graph.nodes[id].outputs) {
      tensors_[id].push_back({desc, std::vector<double>(static_cast<std::size_t>(desc.shape.element_count()), 0.0)});
    }
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Given& g = op_case.given()[i];
    tensors_[g.value.node()][g.value.output()].values = given[i];
    if (!g.is_state) continue;
    state_of_[{g.value.node(), g.value.output()}] = g.name;
    states_[g.name] = given[i];
  }
  for (NodeId id = 0; id < graph.nodes.size(); ++id) run_node(graph, id);
}

void ReferenceRun::run_node(const GraphData& graph, NodeId id) {
  const Node& node = graph.nodes[id];
  if (node.op == &input_op || node.op == &state_op) return;
  SCORIA_CHECK(node.op->reference != nullptr, "an op without a reference");
  std::vector<const ReferenceTensor*> inputs;
  for (const Edge& e : node.inputs) inputs.push_back(&tensors_[e.node][e.output]);
  for (const Alias& alias : node.op->aliases) {
    if (alias.kind == AliasKind::Update) tensors_[id][alias.output].values = inputs[alias.input]->values;
  }
  node.op->reference({inputs, tensors_[id], node.attributes});
  for (const Alias& alias : node.op->aliases) {
    if (alias.kind != AliasKind::Update) continue;
    const auto found = state_of_.find(node.inputs[alias.input]);
    if (found == state_of_.end()) continue;
    const std::string name = found->second;
    state_of_[{id, alias.output}] = name;
    states_[name] = tensors_[id][alias.output].values;
  }
}

}  // namespace scoria::test
