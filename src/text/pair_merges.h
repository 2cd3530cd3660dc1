#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

namespace scoria {

/// The pieces of every word under repeated merging of the most frequent adjacent pair.
///
/// Counts are kept by difference: a merge visits only the words that hold the pair. The queue is lazy: an entry
/// whose count has changed since is put back with the right one. Both as in Hugging Face's trainer, including
/// what follows from it: a merged pair keeps its count, so that should other merges bring it about again, it is
/// merged again at once, and entries of one pair for different words are served one by one.
class PairMerges {
 public:
  using Piece = std::int32_t;
  struct Pair {
    Piece left, right;
  };

  /// words[i] occurs counts[i] times.
  PairMerges(std::vector<std::vector<Piece>> words, std::vector<std::int64_t> counts);

  /// The pair to merge next, or false if none occurs at least `least` times (nor once).
  bool next(std::int64_t least, Pair& pair);
  /// Replaces the pair that next() gave by `merged` in its words.
  void merge(Piece merged);

 private:
  using Key = std::uint64_t;  // left in the high half, so that keys order as pairs do
  struct Entry {
    std::int64_t count;
    Key key;
    std::vector<std::int32_t> words;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const {
      return a.count != b.count ? a.count < b.count : a.key > b.key;
    }
  };
  static Key key_of(Piece left, Piece right) {
    return static_cast<Key>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
  }

  void change(Piece left, Piece right, std::int64_t by, std::int32_t word);
  void merge_in_word(std::int32_t index, Piece left, Piece right, Piece merged);
  void queue_changed();

  std::vector<std::vector<Piece>> words_;
  std::vector<std::int64_t> word_counts_;
  std::unordered_map<Key, std::int64_t> pair_counts_;
  std::unordered_map<Key, std::vector<std::int32_t>> changed_;  // pairs that came up, and the words they did in
  std::vector<Entry> heap_;
  Entry current_{};
};

}  // namespace scoria
