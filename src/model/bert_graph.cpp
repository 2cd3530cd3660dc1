#include <fmt/format.h>

#include "scoria/error.h"
#include "scoria/model/bert.h"

namespace scoria {
namespace {

// The layers of a model find their parameters by name and draw their masks by site.
class Layers {
 public:
  Layers(const BertConfig& config, const ParameterArena& parameters, Value rng)
      : config_(config), parameters_(parameters), rng_(rng) {}

  Value parameter(const std::string& name) const { return parameters_[name]; }
  Value dense(Value x, const std::string& prefix) const {
    return matmul(x, parameter(prefix + ".weight"), {.transpose_b = true, .bias = parameter(prefix + ".bias")});
  }
  Value normalize(Value x, const std::string& prefix) const {
    return layer_norm(x, parameter(prefix + ".weight"), parameter(prefix + ".bias"), config_.layer_norm_eps);
  }
  Value drop(Value x, std::uint32_t site) const {
    return rng_ && config_.hidden_dropout_prob > 0 ? dropout(x, rng_, config_.hidden_dropout_prob, site) : x;
  }
  Value rng() const { return rng_; }

 private:
  const BertConfig& config_;
  const ParameterArena& parameters_;
  Value rng_;
};

Value embeddings(const Layers& layers, const BertConfig& config, const BertBatchShape& shape,
                 const BertInputs& inputs) {
  const Graph::Scope scope(inputs.input_ids.graph(), "embeddings");
  const std::string prefix = "bert.embeddings.";
  const std::int64_t B = shape.batch, S = shape.sequence_length, H = config.hidden_size;
  const Value words = gather_rows(layers.parameter(prefix + "word_embeddings.weight"), inputs.input_ids);
  const Value segments = gather_rows(layers.parameter(prefix + "token_type_embeddings.weight"), inputs.segments);
  const Value positions = view(layers.parameter(prefix + "position_embeddings.weight"), {S, H});
  const Value sum = add(reshape(add(words, segments), {B, S, H}), positions);
  return layers.drop(layers.normalize(reshape(sum, {B * S, H}), prefix + "LayerNorm"), 0);
}

Value self_attention(const Layers& layers, const BertConfig& config, const BertBatchShape& shape,
                     const BertInputs& inputs, Value x, const std::string& prefix, std::uint32_t site) {
  const AttentionOptions options{.heads = config.num_attention_heads,
                                 .sequence_length = shape.sequence_length,
                                 .dropout = layers.rng() ? config.attention_probs_dropout_prob : 0.0f,
                                 .site = site};
  return attention(layers.dense(x, prefix + "attention.self.qkv"), inputs.lengths,
                   options.dropout > 0 ? layers.rng() : Value(), options);
}

Value encoder_layer(const Layers& layers, const BertConfig& config, const BertBatchShape& shape,
                    const BertInputs& inputs, Value x, std::int64_t index) {
  const Graph::Scope scope(x.graph(), fmt::format("layer.{}", index));
  const std::string prefix = fmt::format("bert.encoder.layer.{}.", index);
  const auto site = static_cast<std::uint32_t>(1 + 3 * index);
  const Value context = self_attention(layers, config, shape, inputs, x, prefix, site);
  const Value attended = layers.drop(layers.dense(context, prefix + "attention.output.dense"), site + 1);
  const Value y = layers.normalize(add(x, attended), prefix + "attention.output.LayerNorm");
  const Value inner = gelu(layers.dense(y, prefix + "intermediate.dense"), config.activation());
  const Value outer = layers.drop(layers.dense(inner, prefix + "output.dense"), site + 2);
  return layers.normalize(add(y, outer), prefix + "output.LayerNorm");
}

Value mlm_logits(const Layers& layers, const BertConfig& config, Value rows) {
  const Graph::Scope scope(rows.graph(), "mlm");
  const Value dense = gelu(layers.dense(rows, "cls.predictions.transform.dense"), config.activation());
  const Value transformed = layers.normalize(dense, "cls.predictions.transform.LayerNorm");
  return matmul(transformed, layers.parameter("bert.embeddings.word_embeddings.weight"),
                {.transpose_b = true, .bias = layers.parameter("cls.predictions.bias")});
}

Value nsp_logits(const Layers& layers, Value first_rows) {
  const Graph::Scope scope(first_rows.graph(), "nsp");
  return layers.dense(tanh(layers.dense(first_rows, "bert.pooler.dense")), "cls.seq_relationship");
}

BertInputs declare_inputs(Graph& graph, const BertBatchShape& shape, bool with_rng) {
  const std::int64_t T = shape.tokens(), B = shape.batch, M = shape.masked();
  BertInputs inputs;
  inputs.input_ids = graph.input("input_ids", {DType::i32, {T}});
  inputs.segments = graph.input("segments", {DType::i32, {T}});
  inputs.lengths = graph.input("lengths", {DType::i32, {B}});
  inputs.head_rows = graph.input("head_rows", {DType::i32, {M + B}});
  inputs.masked_labels = graph.input("masked_labels", {DType::i32, {M}});
  inputs.next_sentence_labels = graph.input("next_sentence_labels", {DType::i32, {B}});
  inputs.mlm_denominator = graph.input("mlm_denominator", {DType::f32, {1}});
  inputs.nsp_denominator = graph.input("nsp_denominator", {DType::f32, {1}});
  if (with_rng) inputs.rng = graph.input("rng", {DType::u32, {4}});
  return inputs;
}

}  // namespace

Value bert_encoder(const BertConfig& config, const BertBatchShape& shape, const ParameterArena& parameters,
                   const BertInputs& inputs) {
  const Layers layers(config, parameters, inputs.rng);
  Value x = embeddings(layers, config, shape, inputs);
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) x = encoder_layer(layers, config, shape, inputs, x, i);
  return x;
}

BertPretraining bert_pretraining(Graph& graph, const BertConfig& config, const BertBatchShape& shape,
                                 const ParameterArena& parameters, bool dropout) {
  if (shape.sequence_length > config.max_position_embeddings) {
    throw Error(
        ErrorKind::Usage,
        fmt::format("a sequence of {} tokens in a model of {} positions; shorten it or raise max_position_embeddings",
                    shape.sequence_length, config.max_position_embeddings));
  }
  const bool with_rng = dropout && (config.hidden_dropout_prob > 0 || config.attention_probs_dropout_prob > 0);
  BertPretraining model;
  model.inputs = declare_inputs(graph, shape, with_rng);
  model.sequence_output = bert_encoder(config, shape, parameters, model.inputs);

  // One gather for both heads, so that one scatter brings both gradients back.
  const std::int64_t B = shape.batch, M = shape.masked(), H = config.hidden_size;
  const Value rows = gather_rows(model.sequence_output, model.inputs.head_rows);
  const Layers layers(config, parameters, model.inputs.rng);
  model.mlm_logits = mlm_logits(layers, config, view(rows, {M, H}, 0));
  model.nsp_logits = nsp_logits(layers, view(rows, {B, H}, M * H));

  const Graph::Scope scope(graph, "loss");
  const CrossEntropy mlm = cross_entropy(model.mlm_logits, model.inputs.masked_labels);
  const CrossEntropy nsp = cross_entropy(model.nsp_logits, model.inputs.next_sentence_labels);
  model.mlm_loss = divide(sum(mlm.loss), model.inputs.mlm_denominator);
  model.nsp_loss = divide(sum(nsp.loss), model.inputs.nsp_denominator);
  model.loss = add(model.mlm_loss, model.nsp_loss);
  model.mlm_correct = sum(mlm.correct);
  model.nsp_correct = sum(nsp.correct);
  return model;
}

}  // namespace scoria
