#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "scoria/text/encoding.h"

namespace scoria {

/// Texts that run together.
struct TextBatch {
  std::span<const std::size_t> texts;  ///< their numbers, the longest first
  std::int64_t batch = 0;              ///< B, at least as many; the rest is filled up
  std::int64_t length = 0;             ///< S
};

/// The shortest length that is compiled for and holds n tokens: 16, 32, 48, 64, 96, 128, 192, ..., at most `longest`.
std::int64_t padded_length(std::int64_t n, std::int64_t longest);

/// How many of `left` texts run at once: `batch`, a quarter of it or one; at least half of it is used.
std::int64_t batch_size(std::int64_t left, std::int64_t batch);

/// The order in which texts of any length run: the longest first, so that the first shape of all is the largest.
class TextBatches {
 public:
  TextBatches(std::span<const Encoding> texts, std::int64_t batch, std::int64_t longest);
  const std::vector<TextBatch>& batches() const { return batches_; }

 private:
  std::vector<std::size_t> order_;
  std::vector<TextBatch> batches_;
};

}  // namespace scoria
