#pragma once

#include <cstdint>
#include <vector>

namespace scoria {

/// Words cut into pieces that are merged two by two; the pieces of all words lie in one array.
class SplitWords {
 public:
  using Piece = std::int32_t;

  /// Words must be added before the first merge.
  void add_piece(Piece piece) { pieces_.push_back(piece); }
  /// The pieces added since the last call are a word that occurs `count` times.
  void end_word(std::int64_t count) {
    words_.push_back({begin_, static_cast<std::uint32_t>(pieces_.size() - begin_), count});
    begin_ = pieces_.size();
  }

  /// Calls visit(left, right, count, word) for each pair of neighbours.
  template <typename Visit>
  void each_pair(Visit visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const Piece* pieces = pieces_.data() + words_[i].begin;
      for (std::uint32_t j = 0; j + 1 < words_[i].size; ++j)
        visit(pieces[j], pieces[j + 1], words_[i].count, static_cast<std::int32_t>(i));
    }
  }
  template <typename Visit>
  void each_piece(Visit visit) const {
    for (const Word& word : words_)
      for (std::uint32_t j = 0; j < word.size; ++j) visit(pieces_[word.begin + j], word.count);
  }

  /// Puts `merged` for left, right, from the front on. Calls change(a, b, by, word) for each pair of neighbours that
  /// goes (by < 0) or comes; the pair left, right itself, which goes each time, is not reported. Returns how many
  /// times it went, uses of the word counted.
  template <typename Change>
  std::int64_t merge(std::int32_t index, Piece left, Piece right, Piece merged, Change change) {
    Word& word = words_[static_cast<std::size_t>(index)];
    Piece* pieces = pieces_.data() + word.begin;
    std::uint32_t kept = 0, merges = 0;
    for (std::uint32_t i = 0; i < word.size; ++i) {
      if (pieces[i] != left || i + 1 == word.size || pieces[i + 1] != right) {
        pieces[kept++] = pieces[i];
        continue;
      }
      if (kept > 0) {
        change(pieces[kept - 1], left, -word.count, index);
        change(pieces[kept - 1], merged, word.count, index);
      }
      if (i + 2 < word.size) {
        change(right, pieces[i + 2], -word.count, index);
        change(merged, pieces[i + 2], word.count, index);
      }
      pieces[kept++] = merged;
      ++i;
      ++merges;
    }
    word.size = kept;
    return merges * word.count;
  }

 private:
  struct Word {
    std::size_t begin;
    std::uint32_t size;
    std::int64_t count;
  };
  std::vector<Piece> pieces_;
  std::vector<Word> words_;
  std::size_t begin_ = 0;
};

}  // namespace scoria
