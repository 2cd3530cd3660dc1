#include <fmt/format.h>

#include <cmath>

#include "model/bert_head.h"
#include "scoria/error.h"
#include "scoria/model/bert.h"

namespace scoria {
namespace {

// The layers of a model find their parameters by name and draw their masks by site.
class Layers {
 public:
  Layers(const BertConfig& config, const ParameterArena& parameters, const BertInputs& inputs)
      : config_(config), parameters_(parameters), rng_(inputs.rng), draw_rows_(inputs.draw_rows) {}

  Value parameter(const std::string& name) const { return parameters_[name]; }
  Value dense(Value x, const std::string& prefix) const {
    return matmul(x, parameter(prefix + ".weight"), {.transpose_b = true, .bias = parameter(prefix + ".bias")});
  }
  Value normalize(Value x, const std::string& prefix) const {
    return layer_norm(x, parameter(prefix + ".weight"), parameter(prefix + ".bias"), config_.layer_norm_eps);
  }
  Value drop(Value x, std::uint32_t site, Value rows) const {
    return rng_ && config_.hidden_dropout_prob > 0 ? dropout(x, rng_, config_.hidden_dropout_prob, site, rows) : x;
  }
  /// What all tokens draw as; absent: as themselves.
  Value draw_rows() const { return draw_rows_; }
  Value rng() const { return rng_; }

 private:
  const BertConfig& config_;
  const ParameterArena& parameters_;
  Value rng_, draw_rows_;
};

Value embeddings(const Layers& layers, const BertConfig& config, const BertBatchShape& shape,
                 const BertInputs& inputs) {
  const Graph::Scope scope(inputs.input_ids.graph(), "embeddings");
  const std::string prefix = "bert.embeddings.";
  const std::int64_t B = shape.batch, S = shape.sequence_length, H = config.hidden_size;
  const Value table = layers.parameter(prefix + "position_embeddings.weight");
  const Value words = gather_rows(layers.parameter(prefix + "word_embeddings.weight"), inputs.input_ids);
  const Value segments = gather_rows(layers.parameter(prefix + "token_type_embeddings.weight"), inputs.segments);
  const Value tokens = add(words, segments);
  const Value sum = shape.is_packed() ? add(tokens, gather_rows(table, inputs.positions))
                                      : reshape(add(reshape(tokens, {B, S, H}), view(table, {S, H})), {B * S, H});
  return layers.drop(layers.normalize(sum, prefix + "LayerNorm"), 0, layers.draw_rows());
}

Value self_attention(const Layers& layers, const BertConfig& config, const BertBatchShape& shape,
                     const BertInputs& inputs, Value x, const std::string& prefix, std::uint32_t site) {
  const AttentionOptions options{.heads = config.num_attention_heads,
                                 .sequence_length = shape.sequence_length,
                                 .dropout = layers.rng() ? config.attention_probs_dropout_prob : 0.0f,
                                 .site = site,
                                 .packed = shape.is_packed()};
  return attention(layers.dense(x, prefix + "attention.self.qkv"), shape.is_packed() ? inputs.starts : inputs.lengths,
                   options.dropout > 0 ? layers.rng() : Value(), options);
}

// A layer is two halves: tokens meet in attention, and what comes after it is of each row alone.
struct Attended {
  std::int64_t layer;
  Value x, context;
};

std::string layer_prefix(std::int64_t layer) { return fmt::format("bert.encoder.layer.{}.", layer); }
std::uint32_t layer_site(std::int64_t layer) { return static_cast<std::uint32_t>(1 + 3 * layer); }

Attended attend(const Layers& layers, const BertConfig& config, const BertBatchShape& shape, const BertInputs& inputs,
                Value x, std::int64_t layer) {
  const Graph::Scope scope(x.graph(), fmt::format("layer.{}", layer));
  return {layer, x, self_attention(layers, config, shape, inputs, x, layer_prefix(layer), layer_site(layer))};
}

Value draw_rows_of_heads(const BertInputs& inputs) { return inputs.draw_rows ? inputs.head_draw_rows : inputs.head_rows; }

// Some rows of all, and what they draw as.
struct ChosenRows {
  Value rows, draw_rows;
};

// The second half, of all rows or of some, which then draw as they would among all.
Value feed_forward(const Layers& layers, const BertConfig& config, const Attended& attended,
                   const ChosenRows& chosen = {}) {
  const Value rows = chosen.rows, draw_rows = rows ? chosen.draw_rows : layers.draw_rows();
  const Graph::Scope scope(attended.x.graph(), fmt::format("layer.{}", attended.layer));
  const std::string prefix = layer_prefix(attended.layer);
  const std::uint32_t site = layer_site(attended.layer);
  const Value x = rows ? gather_rows(attended.x, rows) : attended.x;
  const Value context = rows ? gather_rows(attended.context, rows) : attended.context;
  const Value dense = layers.drop(layers.dense(context, prefix + "attention.output.dense"), site + 1, draw_rows);
  const Value y = layers.normalize(add(x, dense), prefix + "attention.output.LayerNorm");
  const Value inner = activate(layers.dense(y, prefix + "intermediate.dense"), config.activation());
  const Value outer = layers.drop(layers.dense(inner, prefix + "output.dense"), site + 2, draw_rows);
  return layers.normalize(add(y, outer), prefix + "output.LayerNorm");
}

Value mlm_logits(const Layers& layers, const BertConfig& config, Value rows) {
  const Graph::Scope scope(rows.graph(), "mlm");
  const Value dense = activate(layers.dense(rows, "cls.predictions.transform.dense"), config.activation());
  const Value transformed = layers.normalize(dense, "cls.predictions.transform.LayerNorm");
  const char* decoder =
      config.tie_word_embeddings ? "bert.embeddings.word_embeddings.weight" : "cls.predictions.decoder.weight";
  return matmul(transformed, layers.parameter(decoder),
                {.transpose_b = true, .bias = layers.parameter("cls.predictions.bias")});
}

Value pool(const Layers& layers, Value first_rows) {
  const Graph::Scope scope(first_rows.graph(), "pooler");
  return tanh(layers.dense(first_rows, "bert.pooler.dense"));
}

// A sequence draws as its first token would, so that masks do not depend on how a batch is cut into passes.
Value classify(const Layers& layers, const BertConfig& config, Value x, Value draw_rows) {
  const Graph::Scope scope(x.graph(), "classifier");
  const float rate = config.classifier_dropout.value_or(config.hidden_dropout_prob);
  const auto site = static_cast<std::uint32_t>(1 + 3 * config.num_hidden_layers);
  const Value kept = layers.rng() && rate > 0 ? dropout(x, layers.rng(), rate, site, draw_rows) : x;
  return layers.dense(kept, "classifier");
}

// [2, T] instead of [T, 2], so that a softmax over the tokens is one over rows. The bias of a row is an outer product:
// a matmul's own bias is of columns.
Value span_logits(const Layers& layers, const BertBatchShape& shape, Value x) {
  const Graph::Scope scope(x.graph(), "spans");
  const Value scores = matmul(layers.parameter("qa_outputs.weight"), x, {.transpose_b = true});
  const Value ones = full(x.graph(), {1, shape.tokens()}, 1.0f);
  const Value bias = matmul(reshape(layers.parameter("qa_outputs.bias"), {2, 1}), ones);
  const Value logits = add(scores, bias);
  return shape.is_packed() ? logits : reshape(logits, {2 * shape.batch, shape.sequence_length});
}

BertInputs declare_inputs(Graph& graph, const BertBatchShape& shape, std::int64_t head_rows, bool with_rng) {
  const std::int64_t T = shape.tokens();
  BertInputs inputs;
  inputs.input_ids = graph.input("input_ids", {DType::i32, {T}});
  inputs.segments = graph.input("segments", {DType::i32, {T}});
  if (shape.is_packed()) {
    inputs.starts = graph.input("starts", {DType::i32, {shape.spans() + 1}});
    inputs.positions = graph.input("positions", {DType::i32, {T}});
    if (with_rng) inputs.draw_rows = graph.input("draw_rows", {DType::i32, {T}});
  } else {
    inputs.lengths = graph.input("lengths", {DType::i32, {shape.batch}});
  }
  if (head_rows > 0) {
    inputs.head_rows = graph.input("head_rows", {DType::i32, {head_rows}});
    if (inputs.draw_rows) inputs.head_draw_rows = graph.input("head_draw_rows", {DType::i32, {head_rows}});
  }
  if (with_rng) inputs.rng = graph.input("rng", {DType::u32, {4}});
  return inputs;
}

void declare_labels(Graph& graph, const BertBatchShape& shape, bool next_sentence, BertInputs& inputs) {
  inputs.masked_labels = graph.input("masked_labels", {DType::i32, {shape.masked()}});
  inputs.mlm_denominator = graph.input("mlm_denominator", {DType::f32, {1}});
  if (!next_sentence) return;
  inputs.next_sentence_labels = graph.input("next_sentence_labels", {DType::i32, {shape.batch}});
  inputs.nsp_denominator = graph.input("nsp_denominator", {DType::f32, {1}});
}

// What goes into each layer, what comes out of the last, and what the last one's attention gave.
struct EncoderStates {
  std::vector<Value> states;
  Attended last;
};

EncoderStates encoder_states(const Layers& layers, const BertConfig& config, const BertBatchShape& shape,
                             const BertInputs& inputs) {
  EncoderStates encoder{{embeddings(layers, config, shape, inputs)}, {}};
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    encoder.last = attend(layers, config, shape, inputs, encoder.states.back(), i);
    encoder.states.push_back(feed_forward(layers, config, encoder.last));
  }
  return encoder;
}

// The last states of some rows. Nothing after the last layer's attention is computed of the others: without another
// reader the whole last state is dead.
Value states_of_rows(const Layers& layers, const BertConfig& config, const EncoderStates& encoder,
                     const BertInputs& inputs) {
  const Value all = encoder.states.back(), rows = inputs.head_rows;
  if (rows.shape()[0] >= all.shape()[0]) return gather_rows(all, rows);
  return feed_forward(layers, config, encoder.last, {rows, draw_rows_of_heads(inputs)});
}

void check_length(const BertConfig& config, const BertBatchShape& shape) {
  if (shape.sequence_length <= config.max_position_embeddings) return;
  throw Error(
      ErrorKind::Usage,
      fmt::format("a sequence of {} tokens in a model of {} positions; shorten it or raise max_position_embeddings",
                  shape.sequence_length, config.max_position_embeddings));
}

bool wants_rng(const BertConfig& config, const BertHeadParts& parts, bool dropout) {
  const bool in_classifier = parts.classifier && config.classifier_dropout.value_or(0.0f) > 0;
  return dropout && (config.hidden_dropout_prob > 0 || config.attention_probs_dropout_prob > 0 || in_classifier);
}

}  // namespace

Value bert_encoder(const BertConfig& config, const BertBatchShape& shape, const ParameterArena& parameters,
                   const BertInputs& inputs) {
  return encoder_states(Layers(config, parameters, inputs), config, shape, inputs).states.back();
}

BertForward bert_forward(Graph& graph, const BertConfig& config, BertHead head, const BertBatchShape& shape,
                         const ParameterArena& parameters, bool dropout) {
  check_length(config, shape);
  const BertHeadParts parts = head_parts(head);
  const std::int64_t M = parts.mlm ? shape.masked() : 0, B = parts.pooler ? shape.batch : 0, H = config.hidden_size;
  BertForward model;
  model.inputs = declare_inputs(graph, shape, M + B, wants_rng(config, parts, dropout));
  const Layers layers(config, parameters, model.inputs);
  const EncoderStates encoder = encoder_states(layers, config, shape, model.inputs);
  model.hidden_states = encoder.states;
  model.sequence_output = model.hidden_states.back();
  // One gather for MLM head and pooler, so that one scatter brings both gradients back.
  const Value rows = M + B > 0 ? states_of_rows(layers, config, encoder, model.inputs) : Value();
  if (parts.mlm) model.mlm_logits = mlm_logits(layers, config, view(rows, {M, H}, 0));
  if (parts.pooler) model.pooled_output = pool(layers, view(rows, {B, H}, M * H));
  if (parts.next_sentence) model.logits = layers.dense(model.pooled_output, "cls.seq_relationship");
  if (parts.classifier)
    model.logits = parts.pooler ? classify(layers, config, model.pooled_output, draw_rows_of_heads(model.inputs))
                                : classify(layers, config, model.sequence_output, layers.draw_rows());
  if (parts.spans) model.logits = span_logits(layers, shape, model.sequence_output);
  return model;
}

Value bert_mlm_logits(const BertConfig& config, const ParameterArena& parameters, Value rows) {
  return mlm_logits(Layers(config, parameters, {}), config, rows);
}

Value bert_attention(const BertForward& model, const BertConfig& config, const BertBatchShape& shape,
                     const ParameterArena& parameters, std::int64_t layer) {
  const Layers layers(config, parameters, {});
  const Value x = model.hidden_states[static_cast<std::size_t>(layer)];
  const Value qkv = layers.dense(x, fmt::format("bert.encoder.layer.{}.attention.self.qkv", layer));
  const std::int64_t B = shape.batch, S = shape.sequence_length, A = config.num_attention_heads;
  const std::int64_t H = config.hidden_size, D = config.head_size();
  const StridedMatmulOptions options{.outer = B,
                                     .inner = A,
                                     .m = S,
                                     .n = S,
                                     .k = D,
                                     .a = {0, S * 3 * H, D, 3 * H},
                                     .b = {H, S * 3 * H, D, 3 * H},
                                     .c = {0, A * S * S, S * S, S},
                                     .transpose_b = true,
                                     .c_shape = {B, A, S, S},
                                     .alpha = 1.0f / std::sqrt(static_cast<float>(D))};
  return masked_softmax(strided_matmul(qkv, qkv, options), model.inputs.lengths);
}

Value pool_sequences(Value sequence_output, Value weights) {
  const std::int64_t B = weights.shape()[0], K = weights.shape()[1], S = weights.shape()[2];
  const std::int64_t H = sequence_output.shape()[1];
  return reshape(matmul(weights, reshape(sequence_output, {B, S, H})), {B, K * H});
}

BertPretraining bert_pretraining(Graph& graph, const BertConfig& config, const BertBatchShape& shape,
                                 const ParameterArena& parameters, bool dropout) {
  const bool next_sentence = parameters.layout().has("cls.seq_relationship.weight");
  const BertHead head = next_sentence ? BertHead::Pretraining : BertHead::MaskedLm;
  const BertForward forward = bert_forward(graph, config, head, shape, parameters, dropout);
  BertPretraining model;
  model.inputs = forward.inputs;
  declare_labels(graph, shape, next_sentence, model.inputs);
  model.sequence_output = forward.sequence_output;
  model.mlm_logits = forward.mlm_logits;
  model.nsp_logits = forward.logits;

  const Graph::Scope scope(graph, "loss");
  const CrossEntropy mlm = cross_entropy(model.mlm_logits, model.inputs.masked_labels);
  model.loss = model.mlm_loss = divide(sum(mlm.loss), model.inputs.mlm_denominator);
  model.mlm_correct = sum(mlm.correct);
  if (!next_sentence) return model;
  const CrossEntropy nsp = cross_entropy(model.nsp_logits, model.inputs.next_sentence_labels);
  model.nsp_loss = divide(sum(nsp.loss), model.inputs.nsp_denominator);
  model.nsp_correct = sum(nsp.correct);
  model.loss = add(model.mlm_loss, model.nsp_loss);
  return model;
}

}  // namespace scoria
