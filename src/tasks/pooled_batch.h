#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "scoria/model/sentence_pooling.h"
#include "scoria/tensor.h"

namespace scoria {

/// What a device gives for the poolings of a batch: those that are sums, and the tokens for those that are not.
struct PooledBatch {
  const SentencePooling& pooling;
  const Tensor &pooled, &hidden;          ///< [B, K H], [T, H]
  std::span<const std::int32_t> starts;  ///< the first token of each text
  std::int64_t hidden_size;

  /// The poolings of text b with tokens [begin, end), in order; false where one has no token.
  bool join(std::size_t b, std::size_t begin, std::size_t end, std::span<float> row) const {
    const auto H = static_cast<std::size_t>(hidden_size), first = static_cast<std::size_t>(starts[b]);
    std::size_t sums = b * (pooled.bytes().empty() ? 0 : static_cast<std::size_t>(pooled.shape().row_size()));
    for (const SentencePooling::Mode mode : pooling.modes) {
      if (mode != SentencePooling::Mode::Max) {
        std::ranges::copy(pooled.values<float>().subspan(sums, H), row.begin());
        sums += H;
      } else if (begin < end) {
        largest(hidden.values<float>().subspan((first + begin) * H, (end - begin) * H), row.first(H));
      } else {
        return false;
      }
      row = row.subspan(H);
    }
    return true;
  }

  static void largest(std::span<const float> tokens, std::span<float> row) {
    std::ranges::copy(tokens.first(row.size()), row.begin());
    for (std::size_t i = row.size(); i < tokens.size(); ++i)
      row[i % row.size()] = std::max(row[i % row.size()], tokens[i]);
  }
};

}  // namespace scoria
