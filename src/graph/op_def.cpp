#include "graph/op_def.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "graph/node.h"
#include "scoria/error.h"

namespace scoria {
namespace {

// A function's static: ops register before main, in no particular order.
std::vector<const OpDef*>& registered_ops() {
  static std::vector<const OpDef*> ops;
  return ops;
}

// No value is empty: ops divide by the sizes of axes.
void refuse_empty(const OpCall& call, const Shape& shape) {
  if (std::find(shape.sizes().begin(), shape.sizes().end(), 0) == shape.sizes().end()) return;
  misuse(call, fmt::format("every axis must be at least 1; got {}", shape.to_string()));
}

std::vector<Value> append_node(Graph& graph, Node node) {
  GraphData& data = graph.data();
  std::vector<TensorDesc> inputs = input_descs(data, node);
  const OpCall call{node.op->name, node.label, inputs, {}, node.attributes};
  node.outputs = node.op->infer(call);
  for (const TensorDesc& output : node.outputs) refuse_empty(call, output.shape);
  const auto id = static_cast<NodeId>(data.nodes.size());
  std::vector<Value> outputs;
  for (std::uint32_t i = 0; i < node.outputs.size(); ++i) outputs.emplace_back(&graph, id, i);
  data.nodes.push_back(std::move(node));
  return outputs;
}

}  // namespace

OpRegistration::OpRegistration(const OpDef& op) {
  for (const OpDef* other : registered_ops()) SCORIA_CHECK(other->name != op.name, "two ops of one name");
  registered_ops().push_back(&op);
}

std::vector<const OpDef*> op_table() {
  std::vector<const OpDef*> ops = registered_ops();
  std::sort(ops.begin(), ops.end(), [](const OpDef* a, const OpDef* b) { return a->name < b->name; });
  return ops;
}

const OpDef* find_op(std::string_view name) {
  for (const OpDef* op : registered_ops()) {
    if (op->name == name) return op;
  }
  return nullptr;
}

std::vector<Value> add_node(const OpDef& op, std::span<const Value> inputs, Attributes attributes) {
  SCORIA_CHECK(!inputs.empty(), "an op without inputs is added with add_source");
  if (!inputs[0])
    throw Error(ErrorKind::Usage, fmt::format("{}: argument 0 is absent (a default-made Value)", op.name));
  Graph& graph = inputs[0].graph();
  Node node{&op, {}, std::move(attributes), {}, graph.data().scope};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i]) {
      throw Error(ErrorKind::Usage, fmt::format("{}: argument {} is absent (a default-made Value)", op.name, i));
    }
    if (&inputs[i].graph() != &graph) {
      throw Error(ErrorKind::Usage,
                  fmt::format("{} \"{}\": argument {} belongs to another graph; ops take values of one graph", op.name,
                              node.label, i));
    }
    node.inputs.push_back({inputs[i].node(), inputs[i].output()});
  }
  return append_node(graph, std::move(node));
}

Value add_op(const OpDef& op, std::initializer_list<Value> inputs, Attributes attributes) {
  return add_node(op, std::span(inputs.begin(), inputs.size()), std::move(attributes)).front();
}

std::vector<Value> add_source(Graph& graph, const OpDef& op, Attributes attributes, std::string_view label) {
  std::string full_label = label.empty() ? graph.data().scope : std::string(label);
  return append_node(graph, Node{&op, {}, std::move(attributes), {}, std::move(full_label)});
}

void misuse(const OpCall& call, std::string_view message) {
  throw Error(ErrorKind::Usage, call.label.empty() ? fmt::format("{}: {}", call.op, message)
                                                   : fmt::format("{} \"{}\": {}", call.op, call.label, message));
}

}  // namespace scoria
