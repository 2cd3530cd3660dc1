#pragma once

#include <cstdint>
#include <vector>

#include "text/pair_table.h"
#include "text/split_words.h"

namespace scoria {

/// Byte-pair encoding: the most frequent adjacent pair of pieces, merged again and again.
///
/// Counts are kept by difference: a merge visits only the words that hold the pair. The queue is lazy: an entry
/// whose count has changed since is put back with the right one. Both as in Hugging Face's trainer, including
/// what follows from it: a merged pair keeps its count, so that should other merges bring it about again, it is
/// merged again at once, and entries of one pair for different words are served one by one.
class PairMerges {
 public:
  using Piece = SplitWords::Piece;

  /// Pairs that occur less than `least` times are never merged.
  PairMerges(SplitWords words, std::int64_t least);

  /// The pair to merge next, or nullptr if none is left. Valid until merge().
  const PairTable::Pair* next();
  /// Replaces the pair that next() gave by `merged` in its words.
  void merge(Piece merged);

 private:
  struct Entry {
    std::int64_t count;
    std::uint32_t pair;
    std::int32_t words;  ///< those that the pair came up in since its last entry
  };

  void change(Piece left, Piece right, std::int64_t by, std::int32_t word);
  void queue_changed();
  bool is_later(const Entry& a, const Entry& b) const {
    return a.count != b.count ? a.count < b.count : pairs_.is_before(b.pair, a.pair);
  }

  std::int64_t least_;
  SplitWords words_;
  PairTable pairs_;
  WordLists word_lists_;
  std::vector<std::uint32_t> changed_;  // pairs that came up, with the words they did in
  std::vector<Entry> heap_;
  Entry current_{};
};

}  // namespace scoria
