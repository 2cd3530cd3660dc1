// heads_dump: runs one case of heads_parity.py and writes everything that is compared.
//
//   heads_dump DEVICE MODEL_FOLDER BATCH.safetensors RESULT.safetensors
//
// The batch holds input_ids and segments [B, S] and lengths [B], i32, and for an MLM head rows [M], i32. Written:
// "hidden.I" and "attention.I" of every layer, "pooled", "mlm_logits" and "logits" where the head has them, and
// "sentence", the mean over the real tokens.
#include <fmt/format.h>

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "scoria/io/safetensors.h"
#include "scoria/model/bert_files.h"
#include "scoria/model/sentence_pooling.h"
#include "scoria/session.h"

namespace {

using namespace scoria;

Tensor head_rows(const SafetensorsFile& batch, const BertBatchShape& shape, std::int64_t count) {
  std::vector<std::int32_t> rows;
  if (batch.find("rows")) {
    const Tensor masked = batch.read("rows");
    rows.assign(masked.values<std::int32_t>().begin(), masked.values<std::int32_t>().end());
  }
  for (std::int64_t b = 0; static_cast<std::int64_t>(rows.size()) < count; ++b) {
    rows.push_back(static_cast<std::int32_t>(b * shape.sequence_length));
  }
  return Tensor::from({count}, std::span<const std::int32_t>(rows));
}

Tensor flat(const Tensor& tensor) {
  return Tensor::from({tensor.shape().element_count()}, tensor.values<std::int32_t>());
}

using Outputs = std::vector<std::pair<std::string, Value>>;

Outputs outputs_of(const BertForward& forward, const BertModel& model, const BertBatchShape& shape,
                   const ParameterArena& arena) {
  Outputs outputs;
  for (std::size_t i = 0; i < forward.hidden_states.size(); ++i) {
    outputs.emplace_back(fmt::format("hidden.{}", i), forward.hidden_states[i]);
  }
  for (std::int64_t i = 0; i < model.config.num_hidden_layers; ++i) {
    outputs.emplace_back(fmt::format("attention.{}", i), bert_attention(forward, model.config, shape, arena, i));
  }
  if (forward.pooled_output) outputs.emplace_back("pooled", forward.pooled_output);
  if (forward.mlm_logits) outputs.emplace_back("mlm_logits", forward.mlm_logits);
  if (forward.logits) outputs.emplace_back("logits", forward.logits);
  return outputs;
}

void dump(const char* device, const char* folder, const char* batch_path, const char* result_path) {
  const BertModel model = load_bert(folder).model;
  const SafetensorsFile batch(batch_path);
  const Shape ids = batch.find("input_ids")->shape;
  BertBatchShape shape{.batch = ids[0], .sequence_length = ids[1]};
  if (const SafetensorsEntry* rows = batch.find("rows")) shape.predictions = rows->shape[0] / shape.batch;

  Graph graph;
  const ParameterArena arena(graph, model.layout);
  const BertForward forward = bert_forward(graph, model.config, model.head, shape, arena, false);
  const Value weights = graph.input("pooling_weights", {DType::f32, {shape.batch, 1, shape.sequence_length}});
  Outputs outputs = outputs_of(forward, model, shape, arena);
  outputs.emplace_back("sentence", pool_sequences(forward.sequence_output, weights));
  for (const auto& [name, value] : outputs) graph.output(name, value);

  Session session(Device::open(device), graph);
  session.write("parameters", model.weights);
  session.write("input_ids", flat(batch.read("input_ids")));
  session.write("segments", flat(batch.read("segments")));
  const Tensor lengths = batch.read("lengths");
  session.write("lengths", lengths);
  session.write("pooling_weights", SentencePooling{}.weights(lengths.values<std::int32_t>(), shape.sequence_length));
  if (forward.inputs.head_rows) {
    session.write("head_rows", head_rows(batch, shape, forward.inputs.head_rows.shape()[0]));
  }
  session.step();
  std::vector<Tensor> tensors;
  std::vector<SafetensorsItem> items;
  for (const auto& [name, value] : outputs) tensors.push_back(session.read(name));
  for (std::size_t i = 0; i < tensors.size(); ++i)
    items.push_back({outputs[i].first, tensors[i].desc(), tensors[i].bytes()});
  write_safetensors(result_path, items);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: heads_dump DEVICE MODEL_FOLDER BATCH.safetensors RESULT.safetensors\n");
    return 1;
  }
  try {
    dump(argv[1], argv[2], argv[3], argv[4]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "heads_dump: {}\n", error.what());
    return 2;
  }
}
