#include <fmt/format.h>

#include <map>

#include "base/check.h"
#include "graph/node.h"
#include "scoria/autodiff.h"
#include "scoria/error.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

/// Which nodes' outputs depend on one of the values: only they need gradients.
std::vector<bool> dependents(const GraphData& graph, std::span<const Value> values) {
  std::vector<bool> depends(graph.nodes.size(), false);
  for (const Value& value : values) depends[value.node()] = true;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    for (const Edge& input : graph.nodes[id].inputs) depends[id] = depends[id] || depends[input.node];
  }
  return depends;
}

/// The reverse sweep: one gradient per value reached so far, summed as contributions arrive.
class Sweep {
 public:
  Sweep(Value loss, std::span<const Value> values)
      : graph_(loss.graph()), forward_count_(loss.node() + 1), depends_(dependents(graph_.data(), values)) {
    contribute({loss.node(), loss.output()}, full(graph_, loss.shape(), 1.0f));
  }

  void run() {
    for (NodeId id = forward_count_; id-- > 0;) {
      if (depends_[id] && reached(id)) step_through(id);
    }
  }

  Value gradient(Value value) {
    const auto found = gradients_.find({value.node(), value.output()});
    return found != gradients_.end() ? found->second : full(graph_, value.shape(), 0.0f);
  }

 private:
  bool reached(NodeId id) const {
    const auto next = gradients_.lower_bound({id, 0});
    return next != gradients_.end() && next->first.node == id;
  }

  void contribute(Edge value, Value gradient) {
    const auto [place, is_first] = gradients_.try_emplace(value, gradient);
    if (!is_first) place->second = add(place->second, gradient);
  }

  bool feeds_wanted(const Node& node) const {
    for (const Edge& input : node.inputs) {
      if (depends_[input.node]) return true;
    }
    return false;
  }

  void step_through(NodeId id) {
    const Node node = graph_.data().nodes[id];  // a copy: adding nodes moves the list
    if (!feeds_wanted(node)) return;
    if (node.op->grad == nullptr) {
      throw Error(ErrorKind::Usage,
                  fmt::format("gradients: {} \"{}\" (node %{}) is not differentiable: {}", node.op->name, node.label,
                              id, node.op->no_grad.empty() ? "it has no gradient rule" : node.op->no_grad));
    }
    std::vector<Value> inputs, outputs, output_grads;
    for (const Edge& input : node.inputs) inputs.emplace_back(&graph_, input.node, input.output);
    for (std::uint32_t i = 0; i < node.outputs.size(); ++i) {
      outputs.emplace_back(&graph_, id, i);
      const auto found = gradients_.find({id, i});
      output_grads.push_back(found != gradients_.end() ? found->second : Value());
    }
    const std::string outer_scope = std::exchange(graph_.data().scope, node.label.empty() ? "" : node.label + ".grad");
    const std::vector<Value> grads = node.op->grad({inputs, outputs, output_grads, node.attributes});
    SCORIA_CHECK(grads.size() == node.inputs.size(), "a gradient rule answers for every input");
    for (std::size_t i = 0; i < grads.size(); ++i) {
      if (!grads[i] || !depends_[node.inputs[i].node]) continue;
      SCORIA_CHECK(grads[i].shape() == inputs[i].shape(), "a gradient has the shape of its value");
      contribute(node.inputs[i], grads[i]);
    }
    graph_.data().scope = outer_scope;
  }

  Graph& graph_;
  NodeId forward_count_;
  std::vector<bool> depends_;
  std::map<Edge, Value> gradients_;
};

}  // namespace

std::vector<Value> gradients(Value loss, std::span<const Value> values) {
  if (!loss) throw Error(ErrorKind::Usage, "gradients: the loss is absent (a default-made Value)");
  if (loss.shape().element_count() != 1) {
    throw Error(ErrorKind::Usage, fmt::format("gradients: the loss must have one element, got {}; sum or mean it first",
                                              loss.desc().to_string()));
  }
  for (const Value& value : values) {
    if (!value || &value.graph() != &loss.graph()) {
      throw Error(ErrorKind::Usage, "gradients: every value must belong to the loss's graph");
    }
  }
  Sweep sweep(loss, values);
  sweep.run();
  std::vector<Value> results;
  for (const Value& value : values) results.push_back(sweep.gradient(value));
  return results;
}

}  // namespace scoria
