#pragma once

#include <cstdint>
#include <vector>

#include "text/pair_table.h"
#include "text/split_words.h"

namespace scoria {

/// Merges the adjacent pair with the largest count(left right) / (count(left) * count(right)), again and again.
///
/// A merge takes from the counts of both pieces and so raises the score of every pair that has one of them: all of
/// those are queued anew, and an entry whose score is no longer the pair's is dropped when its turn comes.
class LikelihoodMerges {
 public:
  using Piece = SplitWords::Piece;

  /// Pairs that occur less than `least` times are never merged.
  LikelihoodMerges(SplitWords words, std::int64_t least);

  /// The pair to merge next, or nullptr if none is left. Valid until merge().
  const PairTable::Pair* next();
  /// Replaces the pair that next() gave by `merged` in all words.
  void merge(Piece merged);

 private:
  struct Entry {
    double score;
    std::uint32_t pair;
  };

  double score_of(const PairTable::Pair& pair) const;
  void change(Piece left, Piece right, std::int64_t by, std::int32_t word);
  void queue(std::uint32_t pair);
  void queue_pairs_of(Piece piece);
  void drop_stale_entries();
  bool is_later(const Entry& a, const Entry& b) const {
    return a.score != b.score ? a.score < b.score : pairs_.is_before(b.pair, a.pair);
  }

  std::int64_t least_;
  SplitWords words_;
  PairTable pairs_;
  WordLists word_lists_;
  std::vector<std::int64_t> piece_counts_;
  std::vector<std::vector<std::uint32_t>> pairs_of_;  // by piece: those that have it on either side
  std::vector<Entry> heap_;
  std::size_t entries_after_drop_ = 0;
  std::uint32_t current_ = 0;
};

}  // namespace scoria
