#pragma once

#include <cstdint>
#include <vector>

#include "data/shards/random_stream.h"
#include "scoria/data/pretraining.h"

namespace scoria {

/// Tokens [begin, end) of a block.
struct TokenRange {
  TokenBlock block;
  std::uint32_t begin = 0, end = 0;
  std::uint32_t size() const { return end - begin; }
};

/// Writes sequences, with their masks, into rows of a batch.
class SequenceWriter {
 public:
  struct Ids {
    std::int32_t cls, sep, mask, vocabulary_size;
  };
  /// `continues` tells of each id whether it goes on with the word before it ("##ing").
  SequenceWriter(const PretrainingOptions& options, Ids ids, std::vector<bool> continues)
      : options_(options), ids_(ids), continues_(std::move(continues)) {}

  /// Cuts A and B to `longest` tokens at random ends and writes them into a row that is padding throughout. Without
  /// next_sentence B is empty. The label is 0, 1 or -1.
  void write(TokenRange a, TokenRange b, std::uint32_t longest, std::int32_t label, RandomStream& random,
             std::int32_t row, PretrainingBatch& batch) const;

 private:
  void mask(std::int32_t row, std::int32_t a_size, RandomStream& random, PretrainingBatch& batch) const;
  std::vector<std::int32_t> draw_words(const std::int32_t* ids, std::int32_t length, std::int32_t middle,
                                       std::int32_t wanted, RandomStream& random) const;
  std::int32_t masked_id(std::int32_t id, RandomStream& random) const;

  const PretrainingOptions& options_;
  Ids ids_;
  std::vector<bool> continues_;
};

}  // namespace scoria
