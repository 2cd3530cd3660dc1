#include "train/training_graphs.h"

#include "scoria/autodiff.h"

namespace scoria {
namespace {

// Without an NSP head its fields are 0.
std::vector<Value> pass_fields(Graph& graph, const BertPretraining& model) {
  if (!model.nsp_loss) {
    const Value zero = full(graph, {1}, 0.0f);
    return {model.loss, model.mlm_loss, zero, model.mlm_correct, zero};
  }
  return {model.loss, model.mlm_loss, model.nsp_loss, model.mlm_correct, model.nsp_correct};
}

}  // namespace

Value pack_record(Graph& graph, const std::string& state_name, const std::vector<Value>& fields) {
  const auto count = static_cast<std::int64_t>(fields.size());
  const Value record = graph.state(state_name, {DType::f32, {count * kRecordStride}});
  std::vector<std::int64_t> offsets;
  for (std::int64_t i = 0; i < count; ++i) offsets.push_back(i * kRecordStride);
  return pack(record, fields, offsets);
}

Update add_update(Graph& graph, const ParameterArena& arena, Value gradients, const TrainingSettings& settings) {
  const Graph::Scope scope(graph, "optimizer");
  const std::int64_t N = arena.layout().element_count();
  const Value m = graph.state("adam_m", {DType::f32, {N}});
  const Value v = graph.state("adam_v", {DType::f32, {N}});
  const Value step = graph.state("step", {DType::u32, {1}});
  const Value decay = graph.state("decay_blocks", {DType::u32, {N / ParameterLayout::kAlignment}});
  const Value norm = global_norm(gradients);
  const Value rate = learning_rate(step, settings.learning_rate);
  const AdamwState updated = adamw({arena.flat(), m, v}, gradients, step, rate, clip_scale(norm, settings.clip_norm),
                                   decay, settings.optimizer);
  graph.keep(updated.params);
  graph.keep(updated.m);
  graph.keep(updated.v);
  graph.keep(increment(step));
  graph.keep(count_non_finite(graph.state("skipped", {DType::u32, {2}}), norm));
  return {norm, rate};
}

Graph make_step_graph(const BertConfig& config, const BertBatchShape& shape, const ParameterLayout& layout,
                      const TrainingSettings& settings) {
  Graph graph;
  const ParameterArena arena(graph, layout);
  const BertPretraining model = bert_pretraining(graph, config, shape, arena, true);
  const Value packed = arena.pack_gradients(gradients(model.loss, arena.values()));
  const Update update = add_update(graph, arena, packed, settings);
  std::vector<Value> fields = pass_fields(graph, model);
  fields.insert(fields.end(), {update.grad_norm, update.rate});
  graph.keep(pack_record(graph, "record", fields));
  return graph;
}

Graph make_pass_graph(const BertConfig& config, const BertBatchShape& shape, const ParameterLayout& layout) {
  Graph graph;
  const ParameterArena arena(graph, layout);
  const BertPretraining model = bert_pretraining(graph, config, shape, arena, true);
  const Value keep = graph.input("keep", {DType::u32, {1}});
  const Value packed = arena.pack_gradients(gradients(model.loss, arena.values()));
  graph.keep(accumulate(graph.state("gradient_sum", packed.desc()), packed, keep));

  const Value record = pack_record(graph, "pass_record", pass_fields(graph, model));
  graph.keep(accumulate(graph.state("record_sum", record.desc()), record, keep));
  return graph;
}

Graph make_update_graph(const ParameterLayout& layout, const TrainingSettings& settings) {
  Graph graph;
  const ParameterArena arena(graph, layout);
  const Value sum = graph.state("gradient_sum", arena.flat().desc());
  const Update update = add_update(graph, arena, sum, settings);
  graph.keep(pack_record(graph, "update_record", {update.grad_norm, update.rate}));
  return graph;
}

Graph make_evaluation_graph(const BertConfig& config, const BertBatchShape& shape, const ParameterLayout& layout) {
  Graph graph;
  const ParameterArena arena(graph, layout);
  const BertPretraining model = bert_pretraining(graph, config, shape, arena, false);
  graph.keep(pack_record(graph, "eval_record", pass_fields(graph, model)));
  return graph;
}

}  // namespace scoria
