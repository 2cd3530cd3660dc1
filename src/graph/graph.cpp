#include "scoria/graph.h"

#include <fmt/format.h>

#include "base/check.h"
#include "graph/node.h"
#include "scoria/error.h"

namespace scoria {
namespace {

// Inputs and states keep dtype and shape as attributes, so that verify can infer them like any op's.
std::vector<TensorDesc> infer_source(const OpCall& call) {
  return {TensorDesc{static_cast<DType>(call.attributes.integer("dtype")), Shape(call.attributes.integers("shape"))}};
}

void compute_nothing(const ReferenceArgs&) {}

Attributes source_attributes(const TensorDesc& desc) {
  return {{"dtype", static_cast<std::int64_t>(desc.dtype)}, {"shape", desc.shape.sizes()}};
}

const NamedEdge* find(const std::vector<NamedEdge>& list, std::string_view name) {
  for (const NamedEdge& item : list) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

std::string value_name(const GraphData& graph, Edge value) {
  return graph.nodes[value.node].outputs.size() == 1 ? fmt::format("%{}", value.node)
                                                     : fmt::format("%{}.{}", value.node, value.output);
}

std::string node_line(const GraphData& graph, NodeId id) {
  const Node& node = graph.nodes[id];
  std::string line = fmt::format("%{} = {}", id, node.op->name);
  if (is_source(node)) {
    return line + fmt::format(" \"{}\" : {}", node.label, node.outputs[0].to_string());
  }
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    line += (i == 0 ? " " : ", ") + value_name(graph, node.inputs[i]);
  }
  const std::string attributes = node.attributes.to_string();
  if (!attributes.empty()) line += " " + attributes;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    line += (i == 0 ? " : " : ", ") + node.outputs[i].to_string();
  }
  if (!node.label.empty()) line += "  // " + node.label;
  return line;
}

}  // namespace

const OpDef input_op{.name = "input", .infer = infer_source, .reference = compute_nothing};
const OpDef state_op{.name = "state", .infer = infer_source, .reference = compute_nothing};

bool is_source(const Node& node) { return node.op == &input_op || node.op == &state_op; }

bool is_view(const Node& node) {
  return node.op->aliases.size() == 1 && node.op->aliases.front().kind == AliasKind::View;
}

std::vector<TensorDesc> input_descs(const GraphData& graph, const Node& node) {
  std::vector<TensorDesc> descs;
  for (const Edge& input : node.inputs) descs.push_back(graph.desc(input));
  return descs;
}

const TensorDesc& Value::desc() const { return graph_->data().nodes[node_].outputs[output_]; }

Graph::Graph() : data_(std::make_unique<GraphData>()) {}
Graph::~Graph() = default;
Graph::Graph(const Graph& other) : data_(std::make_unique<GraphData>(*other.data_)) {}
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(const Graph& other) {
  if (this != &other) data_ = std::make_unique<GraphData>(*other.data_);
  return *this;
}
Graph& Graph::operator=(Graph&&) noexcept = default;

Value Graph::input(std::string name, TensorDesc desc) {
  if (find(data_->inputs, name) || find(data_->states, name)) {
    throw Error(ErrorKind::Usage,
                fmt::format("input \"{}\": the graph already has an input or state of this name", name));
  }
  const Value value = add_source(*this, input_op, source_attributes(desc), name).front();
  data_->inputs.push_back({std::move(name), {value.node(), 0}});
  return value;
}

Value Graph::state(std::string name, TensorDesc desc) {
  if (const NamedEdge* known = find(data_->states, name)) {
    if (data_->desc(known->value) != desc) {
      throw Error(ErrorKind::Usage, fmt::format("state \"{}\": already {}, asked for again as {}", name,
                                                data_->desc(known->value).to_string(), desc.to_string()));
    }
    return Value(this, known->value.node, 0);
  }
  if (find(data_->inputs, name)) {
    throw Error(ErrorKind::Usage, fmt::format("state \"{}\": the graph already has an input of this name", name));
  }
  const Value value = add_source(*this, state_op, source_attributes(desc), name).front();
  data_->states.push_back({std::move(name), {value.node(), 0}});
  return value;
}

void Graph::output(std::string name, Value value) {
  if (!value || &value.graph() != this) {
    throw Error(ErrorKind::Usage, fmt::format("output \"{}\": the value belongs to another graph", name));
  }
  if (find(data_->outputs, name)) {
    throw Error(ErrorKind::Usage, fmt::format("output \"{}\": the graph already has an output of this name", name));
  }
  data_->outputs.push_back({std::move(name), {value.node(), value.output()}});
}

void Graph::keep(Value value) {
  if (!value || &value.graph() != this) throw Error(ErrorKind::Usage, "keep: the value belongs to another graph");
  data_->kept.push_back({value.node(), value.output()});
}

Graph::Scope::Scope(Graph& graph, std::string_view name) : graph_(graph), outer_length_(graph.data().scope.size()) {
  std::string& scope = graph.data().scope;
  if (!scope.empty()) scope += '.';
  scope += name;
}

Graph::Scope::~Scope() { graph_.data().scope.resize(outer_length_); }

std::string Graph::to_string() const {
  std::string text;
  for (NodeId id = 0; id < data_->nodes.size(); ++id) text += node_line(*data_, id) + "\n";
  for (const NamedEdge& output : data_->outputs) {
    text += fmt::format("output \"{}\" = {}\n", output.name, value_name(*data_, output.value));
  }
  for (const Edge& kept : data_->kept) text += fmt::format("keep {}\n", value_name(*data_, kept));
  return text;
}

void Graph::verify() const {
  for (NodeId id = 0; id < data_->nodes.size(); ++id) {
    const Node& node = data_->nodes[id];
    for (const Edge& input : node.inputs) {
      SCORIA_CHECK(input.node < id, "a node's inputs come before it");
      SCORIA_CHECK(input.output < data_->nodes[input.node].outputs.size(), "an input names an output that exists");
    }
    const std::vector<TensorDesc> inputs = input_descs(*data_, node);
    const OpCall call{node.op->name, node.label, inputs, {}, node.attributes};
    SCORIA_CHECK(node.op->infer(call) == node.outputs, "a node's outputs are what its op infers");
  }
}

}  // namespace scoria
