#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/device.h"
#include "scoria/model/bert_files.h"
#include "scoria/tensor.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

/// What the tokenizer made of a text or a pair; the lists have one entry a token, which is also its position.
struct TokenFlow {
  /// One of the one or two texts: as given, and its words after normalization with a space between them.
  struct Text {
    std::string raw;
    std::string normalized;
  };
  std::vector<Text> texts;
  std::vector<std::string> pieces;
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> segments;
  std::vector<TokenSpan> bytes;       ///< of texts[segment].raw; {0, 0} where `special` is 1
  std::vector<std::uint8_t> special;  ///< 1 for the [CLS] and [SEP] that were added
  std::int64_t cut = 0;  ///< tokens beyond the model's positions: left out, from the end of the longer text

  std::int64_t size() const { return static_cast<std::int64_t>(ids.size()); }
};

/// A token that the MLM head holds possible at a place.
struct TokenPrediction {
  std::int32_t id = 0;
  std::string token;
  float probability = 0;
};

struct InspectionOptions {
  std::string_view text;
  std::optional<std::string_view> text_b = {};
  std::int64_t top_k = 5;  ///< predictions a place, at most the vocabulary's size
};

/// All that one text leaves behind in a model. S tokens; layers count from the embeddings, 0, to L; attention is that
/// of layers 1 to L and its arrays begin with layer 1. Everything is f32.
struct Inspection {
  std::string model_name;  ///< for people to read; inspect() leaves it empty
  BertConfig config;
  BertHead head = BertHead::Encoder;
  std::string device;
  TokenFlow tokens;

  Tensor hidden;      ///< [L + 1, S, H]: what a layer gives
  Tensor attention;   ///< [L, A, S, S]: row: the token that looks; column: what it looks at; rows sum to 1
  Tensor entropy;     ///< [L, A] bits: -sum p log2 p of a row, the mean over rows; log2(S) is an even spread
  Tensor norms;       ///< [L + 1, S]: lengths of the hidden states
  Tensor similarity;  ///< [L + 1, S]: cosine of a token's state with its state of layer 0
  Tensor cls_cosine;  ///< [L]: cosine of [CLS] before and after a layer
  Tensor cls_path;    ///< [L + 1, 2]: [CLS] along the two principal axes of its L + 1 states
  std::array<double, 2> cls_variance{};  ///< the share of the variance that each axis has

  /// The logit lens: what the MLM head says of the state of every layer, most probable first. predictions[
  /// (layer * S + token) * top_k + rank]; empty where the model has no MLM head. Only the last layer's were trained
  /// for. Source: nostalgebraist 2020, "interpreting GPT: the logit lens".
  std::vector<TokenPrediction> predictions;
  std::int64_t top_k = 0;

  std::int64_t layers() const { return config.num_hidden_layers; }
  std::int64_t heads() const { return config.num_attention_heads; }
  /// The top_k of a layer, 0 to L, and token. Throws Error (Usage) where there are none.
  std::span<const TokenPrediction> predicted(std::int64_t layer, std::int64_t token) const;
};

/// Runs a text through a model and keeps all that is to be seen of it.
///
///     const LoadedBert bert = load_bert(folder);
///     Inspection seen = inspect(bert.model, Tokenizer::load(folder), Device::open("auto"), {.text = "Hello"});
///     write_inspection_page("page.html", {{seen}});                       // scoria/inspect/inspection_files.h
///
/// Memory: (L + 1) S H + 2 L A S^2 floats, and S V for the predictions.
/// Throws Error (Input) where the tokenizer has tokens that the model has not, (Usage) for a pair in a model of one
/// segment and a top_k below 1, (Numeric) for states that are not finite, and as Tokenizer and Session do.
Inspection inspect(const BertModel& model, const Tokenizer& tokenizer, const Device& device,
                   const InspectionOptions& options);

/// Attention with its averages, [L + 1, A + 1, S, S]: at head A the mean over heads, at layer L the mean over layers.
Tensor attention_with_means(const Inspection& inspection);

}  // namespace scoria
