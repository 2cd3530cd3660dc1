#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "scoria/tensor.h"

namespace scoria {

/// How the vectors x_1 .. x_n of a text's tokens, [CLS] and [SEP] too, become one: the Pooling module of
/// sentence-transformers, under its names.
///
///     cls                    x_1
///     max                    the largest of each element
///     mean                   sum x_i / n
///     mean_sqrt_len_tokens   sum x_i / sqrt(n)
///     weightedmean           sum i x_i / sum i
///     lasttoken              x_n
///
/// Several are joined, in the order of `modes`: [modes * H].
///
/// With include_prompt false the p first tokens, [CLS] and a prompt, are left out: sums and n are over those behind
/// them, "cls" is x_{p+1}, the weights of "weightedmean" stay i. A text of no more than p tokens gives 0, of "cls" x_1.
struct SentencePooling {
  enum class Mode { Cls, Max, Mean, MeanSqrtLength, WeightedMean, LastToken };
  std::vector<Mode> modes{Mode::Mean};
  bool include_prompt = true;

  bool has(Mode mode) const;
  std::int64_t width(std::int64_t hidden_size) const { return hidden_size * static_cast<std::int64_t>(modes.size()); }
  /// The weights of pool_sequences (model/bert.h), [B, K, S] f32: a row for each mode but max, in their order. Texts
  /// have `lengths` tokens, of which the first `prompt_tokens` are left out.
  Tensor weights(std::span<const std::int32_t> lengths, std::int64_t sequence_length,
                 std::int64_t prompt_tokens = 0) const;
};

std::string_view name_of(SentencePooling::Mode mode);
std::optional<SentencePooling::Mode> pooling_mode(std::string_view name);

}  // namespace scoria
