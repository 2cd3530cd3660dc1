#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/graph.h"
#include "scoria/model/parameters.h"
#include "scoria/ops.h"

namespace scoria {

/// What stands on the encoder, one for each class of Hugging Face.
enum class BertHead {
  Encoder,                 ///< BertModel without the pooler
  Pooler,                  ///< BertModel
  Pretraining,             ///< BertForPreTraining: pooler, MLM head, NSP head
  MaskedLm,                ///< BertForMaskedLM: MLM head, no pooler
  NextSentence,            ///< BertForNextSentencePrediction: pooler, NSP head
  SequenceClassification,  ///< BertForSequenceClassification: pooler, classifier; one label makes it a regression
  TokenClassification,     ///< BertForTokenClassification: classifier, no pooler
  QuestionAnswering,       ///< BertForQuestionAnswering: scores of first and last token, no pooler
};

/// The name of Hugging Face's class: "BertForMaskedLM".
std::string_view architecture(BertHead head);

/// What a classifier's numbers are, beside its logits.
enum class ScoreFunction { Identity, Sigmoid, Softmax, Tanh };

/// The shape of a BERT, under the keys of Hugging Face's config.json.
struct BertConfig {
  std::int64_t vocab_size = 30522;
  std::int64_t hidden_size = 768;
  std::int64_t num_hidden_layers = 12;
  std::int64_t num_attention_heads = 12;
  std::int64_t intermediate_size = 3072;
  std::string hidden_act = "gelu";  ///< transformers' name of the activation: "gelu" (erf), "gelu_new" (tanh), "relu"
  float hidden_dropout_prob = 0.1f;
  float attention_probs_dropout_prob = 0.1f;
  std::int64_t max_position_embeddings = 512;
  std::int64_t type_vocab_size = 2;
  float initializer_range = 0.02f;
  float layer_norm_eps = 1e-12f;
  std::int64_t pad_token_id = 0;
  /// False: the decoder of the MLM head is a table of its own, and not the word table.
  bool tie_word_embeddings = true;
  /// The class that the weights are of, the first of "architectures". "": not said.
  std::string architecture = "BertForPreTraining";
  /// Of a classifier, by index: id2label, and label2id with it. Empty: not said, which means LABEL_0 and LABEL_1.
  std::vector<std::string> labels;
  /// Dropout before a classifier. None: hidden_dropout_prob.
  std::optional<float> classifier_dropout;
  /// What a cross-encoder says its scores are: activation_fn of sentence_transformers. None: not said.
  std::optional<ScoreFunction> activation_fn;
  /// How the file stores the weights (torch_dtype, or dtype): f32, f16 or bf16. In memory they are f32.
  DType dtype = DType::f32;
  /// The members of a config.json that are not listed above, as a JSON object: to_json() gives them back.
  std::string other_keys = R"({"position_embedding_type":"absolute","torch_dtype":"float32","use_cache":true})";

  /// "tiny" 2 layers of 128, "mini" 4 of 256, "small" 4 of 512, "medium" 8 of 512, "base" 12 of 768, "large" 24 of
  /// 1024; heads of 64, feed-forward of 4 hidden. Throws Error (Usage) listing them for another name.
  static BertConfig preset(std::string_view name);
  /// From the text of a config.json; `where` opens the messages. Throws Error (Input) for what is not JSON, a number
  /// out of range, or a model that this is not (another model_type, relative positions, a decoder).
  static BertConfig from_json(std::string_view text, std::string_view where);
  static BertConfig load(const std::filesystem::path& path);
  std::string to_json() const;

  /// Throws Error (Input) naming the key: sizes within hidden <= 16384, layers <= 256, vocabulary <= 2^22, positions
  /// <= 2^16; heads divide hidden; and no more than 2^32 parameters in all.
  void validate(std::string_view where) const;
  std::int64_t head_size() const { return hidden_size / num_attention_heads; }
  /// Outputs of a classifier.
  std::int64_t label_count() const { return labels.empty() ? 2 : static_cast<std::int64_t>(labels.size()); }
  /// Whether a text may have several labels, or none: transformers' problem_type multi_label_classification.
  bool has_independent_labels() const;
  /// Sets or takes away that key.
  void set_independent_labels(bool independent);
  /// What becomes of a classifier's logits: activation_fn where it is said, else as transformers' pipeline has it: of
  /// a regression (problem_type) nothing, of one label or independent ones a sigmoid, of several a softmax. Identity is
  /// what sentence-transformers writes for any classifier of several labels, and does not count there.
  ScoreFunction score_function() const;
  /// Throws Error (Input) listing the names for another hidden_act.
  Activation activation() const;
};

/// The parameters of BERT and a head, in the order of the arena: embeddings, layers, and what the head has of pooler,
/// MLM head, NSP head, classifier and span scores. Names are Hugging Face's; query, key and value are one [3H, H]
/// parameter "bert.encoder.layer.I.attention.self.qkv.weight" (and its bias [3H]) that is stored as three. The decoder
/// of the MLM head is the word table, unless tie_word_embeddings is false.
///
/// Starts as Hugging Face does: weights normal with initializer_range, biases 0, LayerNorm weights 1, and the
/// word table's row of [PAD] 0. Later [PAD] is a row like any other (as in Google's code): padding never reaches the
/// loss, so its row learns only as an output of the decoder, and where masking drew [PAD] as a random token.
std::vector<ParameterSpec> bert_parameters(const BertConfig& config, BertHead head = BertHead::Pretraining);

/// How many sequences, how long, and how many predictions of each.
///
/// Padded, every sequence takes S tokens. Packed, sequences of any lengths up to S stand beside each other, without
/// padding but for what is left of the T tokens: `batch` is then how many there may be.
struct BertBatchShape {
  std::int64_t batch = 1;            ///< B
  std::int64_t sequence_length = 1;  ///< S; T = B S tokens
  std::int64_t predictions = 1;      ///< of each sequence; M = B predictions
  std::int64_t packed_tokens = 0;    ///< T of packed sequences; 0: they are padded

  bool is_packed() const { return packed_tokens > 0; }
  std::int64_t tokens() const { return is_packed() ? packed_tokens : batch * sequence_length; }
  std::int64_t masked() const { return batch * predictions; }
  /// What attention sees of packed tokens: the sequences, and what is left over cut into pieces of S.
  std::int64_t spans() const { return batch + (tokens() + sequence_length - 1) / sequence_length; }
  friend auto operator<=>(const BertBatchShape&, const BertBatchShape&) = default;
};

/// Where packed sequences lie: what a packed graph's inputs of the same names hold.
struct PackedRows {
  std::vector<std::int32_t> starts;     ///< the first token of each span, then T; a sequence is the span of its number
  std::vector<std::int32_t> positions;  ///< of each token in its span
  /// Of each token: the row it would be of padded sequences, span S + position. By it dropout draws, so that packed and
  /// padded sequences drop the same.
  std::vector<std::int32_t> draw_rows;

  PackedRows() = default;
  PackedRows(const BertBatchShape& shape, std::span<const std::int32_t> lengths) { lay_out(shape, lengths); }
  /// Anew, in the memory that the lists have. Throws Error (Usage) for more sequences or tokens than the shape has room
  /// for, and for one longer than S.
  void lay_out(const BertBatchShape& shape, std::span<const std::int32_t> lengths);
};

/// The inputs of a pretraining graph; each is a graph input of the same name.
struct BertInputs {
  Value input_ids;             ///< [T] i32
  Value segments;              ///< [T] i32, 0 or 1
  Value lengths;               ///< [B] i32: tokens before the padding, at least 1; absent where packed
  Value starts;                ///< [spans() + 1] i32, where packed: see PackedRows, as for the next three
  Value positions;             ///< [T] i32, where packed
  Value draw_rows;             ///< [T] i32, where packed and with dropout
  Value head_draw_rows;        ///< as head_rows, where packed and with dropout: draw_rows of those rows
  Value head_rows;             ///< [M + B] i32: rows of [T] to predict at, then the first row of each sequence; without
                               ///< an MLM head [B], without a pooler [M]
  Value masked_labels;         ///< [M] i32: ids to predict; -1 where a row is not used
  Value next_sentence_labels;  ///< [B] i32. 0: the second segment follows the first, 1: it does not; absent without it
  Value mlm_denominator;       ///< [1] f32: masked tokens of the whole batch, however many graphs it runs through
  Value nsp_denominator;       ///< [1] f32: sequences of the whole batch; absent without an NSP head
  Value rng;                   ///< [4] u32 as in dropout(); absent in a graph without dropout
};

/// The encoder: [T, H] of the last layer.
///
/// Embeddings (word + segment + position, LayerNorm, dropout), then per layer self-attention, dense, dropout,
/// LayerNorm of the sum, dense, hidden_act, dense, dropout, LayerNorm of the sum. Dropout sites: 0 the embeddings;
/// layer i 1 + 3 i attention probabilities, 2 + 3 i its output, 3 + 3 i the feed-forward's output.
/// Source: Devlin et al. 2018, arXiv:1810.04805.
Value bert_encoder(const BertConfig& config, const BertBatchShape& shape, const ParameterArena& parameters,
                   const BertInputs& inputs);

/// BERT with a head and without a loss; what the head lacks is absent, and so are the inputs that only a loss needs.
struct BertForward {
  BertInputs inputs;
  std::vector<Value> hidden_states;  ///< L + 1 of [T, H]: the embeddings, then each layer's output
  Value sequence_output;             ///< [T, H], the last of them
  Value pooled_output;               ///< [B, H]: tanh of a dense layer on the first token
  Value mlm_logits;                  ///< [M, V]
  /// [B, 2] next sentence (0: follows), [B, labels] sequences, [T, labels] tokens; answers [2 B, S]: row b scores each
  /// token of sequence b as the first of the answer, row B + b as the last; packed [2, T].
  Value logits;
};

/// Adds the model to a graph; the arena is one of bert_parameters(config, head). With dropout a classifier drops its
/// input with classifier_dropout at site 1 + 3 L, a sequence as the row of its first token. Throws Error (Usage) where the sequence is longer than
/// max_position_embeddings.
BertForward bert_forward(Graph& graph, const BertConfig& config, BertHead head, const BertBatchShape& shape,
                         const ParameterArena& parameters, bool dropout);

/// The MLM head on any states of the encoder's width: rows [n, H] -> logits [n, V], before the softmax.
Value bert_mlm_logits(const BertConfig& config, const ParameterArena& parameters, Value rows);

/// The attention that layer `layer` pays in padded sequences, [B, A, S, S]: P of attention() in ops.h from what goes into the layer,
/// hidden_states[layer]. For looking at: the encoder itself never stores it.
Value bert_attention(const BertForward& model, const BertConfig& config, const BertBatchShape& shape,
                     const ParameterArena& parameters, std::int64_t layer);

/// K vectors for each sequence, joined, [B, K H]: y[b, k] = sum over s of weights[b, k, s] * sequence_output[b S + s].
///   weights [B, K, S] f32: 1 / length on each real token is mean pooling, 1 on the first token [CLS] pooling
Value pool_sequences(Value sequence_output, Value weights);

/// BERT with both pretraining heads and their losses.
///
///     mlm_loss = sum of -log p(label) over used rows / mlm_denominator
///     nsp_loss = sum of -log p(label) over sequences / nsp_denominator
///     loss     = mlm_loss + nsp_loss
///
/// Without the parameters of the NSP head (BertHead::MaskedLm) loss is mlm_loss, and all that belongs to it is absent.
///
/// Only the rows in head_rows go through the MLM head: 20 of 128 positions, a sixth of the largest product of a small
/// model.
struct BertPretraining {
  BertInputs inputs;
  Value sequence_output;           ///< [T, H]
  Value mlm_logits;                ///< [M, V]
  Value nsp_logits;                ///< [B, 2]; absent without an NSP head, as the others of its kind
  Value loss, mlm_loss, nsp_loss;  ///< [1] f32
  Value mlm_correct, nsp_correct;  ///< [1] f32: counts of right predictions
};

/// Adds the model to a graph. Without dropout (evaluation) every probability is 0 and there is no rng.
/// Throws Error (Usage) where the sequence is longer than max_position_embeddings.
BertPretraining bert_pretraining(Graph& graph, const BertConfig& config, const BertBatchShape& shape,
                                 const ParameterArena& parameters, bool dropout);

}  // namespace scoria
