#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "scoria/text/encoding.h"

namespace scoria {

/// Texts that run together, beside each other without padding.
struct TextBatch {
  std::vector<std::size_t> texts;  ///< their numbers
  std::int64_t batch = 0;          ///< room for so many texts
  std::int64_t length = 0;         ///< as long as this
  std::int64_t tokens = 0;         ///< of so many tokens in all
};

/// The longest text that is compiled for and holds n tokens: 16, 32, 48, 64, 96, 128, 192, ..., at most `longest`.
std::int64_t rounded_length(std::int64_t n, std::int64_t longest);

/// The least number of tokens that is compiled for and holds n: multiples of 16, from 256 on of a sixteenth to an eighth
/// of n, so that less than that is left over.
std::int64_t rounded_tokens(std::int64_t n);

/// Room for n texts, at most `batch`: one, a quarter of it or all.
std::int64_t rounded_batch(std::int64_t n, std::int64_t batch);

/// Texts of any lengths dealt out like cards, the longest first, to as few batches as hold them: each gets some of every
/// length, so that all are of about as many tokens and run in one shape.
class TextBatches {
 public:
  TextBatches(std::span<const Encoding> texts, std::int64_t batch, std::int64_t longest);
  const std::vector<TextBatch>& batches() const { return batches_; }

 private:
  std::vector<TextBatch> batches_;
};

}  // namespace scoria
