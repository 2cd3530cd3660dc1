#include "train/fine_tuning_graphs.h"

#include <fmt/format.h>

#include "scoria/autodiff.h"

namespace scoria {
namespace {

struct LossInputs {
  Value weights, denominator;
};

LossInputs declare_weights(Graph& graph, std::int64_t rows) {
  return {graph.input("weights", {DType::f32, {rows}}), graph.input("denominator", {DType::f32, {1}})};
}

Value squared_errors(Value predicted, Value scores) {
  const Value difference = add(predicted, scale(scores, -1.0f));
  return multiply(difference, difference);
}

Value losses_of(Graph& graph, const BertModel& model, Value logits, std::int64_t rows) {
  const Target target = target_of(model);
  if (target == Target::Class) return cross_entropy(logits, graph.input("labels", {DType::i32, {rows}})).loss;
  const Value predicted = reshape(logits, {rows}), targets = graph.input("targets", {DType::f32, {rows}});
  return target == Target::Score ? squared_errors(predicted, targets) : sigmoid_cross_entropy(predicted, targets);
}

Value add_loss(Graph& graph, const BertModel& model, const BertBatchShape& shape, const ParameterArena& arena) {
  const BertForward forward = bert_forward(graph, model.config, model.head, shape, arena, true);
  const Graph::Scope scope(graph, "loss");
  const std::int64_t rows = loss_rows(model, shape);
  const Value losses = losses_of(graph, model, forward.logits, rows);
  const LossInputs inputs = declare_weights(graph, rows);
  return divide(sum(multiply(losses, inputs.weights)), inputs.denominator);
}

// Gradients of what learns; where the others would be, the state stays zero.
Value pack_learning_gradients(Graph& graph, Value loss, const ParameterArena& arena, const std::vector<bool>& learns) {
  std::vector<Value> values;
  std::vector<std::int64_t> offsets;
  for (std::size_t i = 0; i < learns.size(); ++i) {
    if (!learns[i]) continue;
    values.push_back(arena.values()[i]);
    offsets.push_back(arena.layout().parameters()[i].offset);
  }
  return pack(graph.state("gradients", arena.flat().desc()), gradients(loss, values), offsets);
}

bool is_frozen(std::string_view name, bool freeze_embeddings, std::int64_t freeze_layers) {
  if (name.starts_with("bert.embeddings.")) return freeze_embeddings || freeze_layers > 0;
  for (std::int64_t i = 0; i < freeze_layers; ++i) {
    if (name.starts_with(fmt::format("bert.encoder.layer.{}.", i))) return true;
  }
  return false;
}

}  // namespace

std::vector<bool> learning_parameters(const ParameterLayout& layout, bool freeze_embeddings,
                                      std::int64_t freeze_layers) {
  std::vector<bool> learns;
  for (const PlacedParameter& parameter : layout.parameters()) {
    learns.push_back(!is_frozen(parameter.name, freeze_embeddings, freeze_layers));
  }
  return learns;
}

Tensor learning_decay_blocks(const ParameterLayout& layout, const std::vector<bool>& learns) {
  std::vector<ParameterSpec> specs(layout.parameters().begin(), layout.parameters().end());
  for (std::size_t i = 0; i < learns.size(); ++i) specs[i].decays = specs[i].decays && learns[i];
  return ParameterLayout(std::move(specs)).decay_blocks();
}

Target target_of(const BertModel& model) {
  if (model.head != BertHead::SequenceClassification) return Target::Class;
  if (model.config.has_independent_labels()) return Target::Flags;
  return model.config.label_count() == 1 ? Target::Score : Target::Class;
}

std::int64_t loss_rows(const BertModel& model, const BertBatchShape& shape) {
  if (model.head == BertHead::TokenClassification) return shape.tokens();
  if (model.head == BertHead::QuestionAnswering) return 2 * shape.batch;
  return target_of(model) == Target::Flags ? shape.batch * model.config.label_count() : shape.batch;
}

Graph make_fine_tuning_step_graph(const BertModel& model, const BertBatchShape& shape, const std::vector<bool>& learns,
                                  const TrainingSettings& settings) {
  Graph graph;
  const ParameterArena arena(graph, model.layout);
  const Value loss = add_loss(graph, model, shape, arena);
  const Update update = add_update(graph, arena, pack_learning_gradients(graph, loss, arena, learns), settings);
  graph.keep(pack_record(graph, "record", {loss, update.grad_norm, update.rate}));
  return graph;
}

Graph make_fine_tuning_pass_graph(const BertModel& model, const BertBatchShape& shape,
                                  const std::vector<bool>& learns) {
  Graph graph;
  const ParameterArena arena(graph, model.layout);
  const Value loss = add_loss(graph, model, shape, arena);
  const Value keep = graph.input("keep", {DType::u32, {1}});
  const Value packed = pack_learning_gradients(graph, loss, arena, learns);
  graph.keep(accumulate(graph.state("gradient_sum", packed.desc()), packed, keep));
  const Value record = pack_record(graph, "pass_record", {loss});
  graph.keep(accumulate(graph.state("record_sum", record.desc()), record, keep));
  return graph;
}

}  // namespace scoria
