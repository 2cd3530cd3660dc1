#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scoria/inspect/inspection.h"

namespace scoria {

/// Tokens [first_begin, first_end) of one model cover the same text as [second_begin, second_end) of the other.
struct AlignedTokens {
  std::int64_t first_begin = 0, first_end = 0;
  std::int64_t second_begin = 0, second_end = 0;
  friend bool operator==(const AlignedTokens&, const AlignedTokens&) = default;
};

/// Two models on the same text. What needs equal shapes is absent where they differ.
struct InspectionComparison {
  /// The smallest stretches of text at whose ends both have a token's end, in order; [CLS] and [SEP] are their own.
  std::vector<AlignedTokens> aligned;
  bool same_pieces = false;

  /// [La + 1, Lb + 1]: linear CKA of every layer of one with every layer of the other, 0 to 1, over the aligned
  /// stretches (mean of their tokens' states). Works for any sizes; high for few tokens, whatever the models.
  ///
  ///     <K, M> / sqrt(<K, K> <M, M>)     K = X X^T, M = Y Y^T, the columns of X and Y centered
  ///
  /// Source: Kornblith et al. 2019, arXiv:1905.00414.
  Tensor cka;
  /// [L + 1, S]: cosine of a token's two states. Wants the same pieces, layers and hidden size.
  std::optional<Tensor> cosine;
  /// [L, A]: mean over rows of half the sum of |p - q|: 0 the same, 1 disjoint. Wants the same pieces, layers and
  /// heads.
  std::optional<Tensor> attention_difference;
};

/// Throws Error (Usage) where the two are not of the same text.
InspectionComparison compare(const Inspection& first, const Inspection& second);

}  // namespace scoria
