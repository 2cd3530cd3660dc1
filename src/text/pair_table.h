#pragma once

#include <cstdint>
#include <vector>

#include "text/split_words.h"

namespace scoria {

/// All pairs of pieces that were ever neighbours, numbered as they come up, with their counts: a hash table of open
/// addressing that never forgets.
class PairTable {
 public:
  using Piece = SplitWords::Piece;
  struct Pair {
    Piece left, right;
    std::int64_t count = 0;
    /// First node of a list in WordLists, or -1.
    std::int32_t words = -1;
  };

  PairTable() : slots_(1 << 12, kFree) {}

  /// The number of the pair, which is made where it is new.
  std::uint32_t find(Piece left, Piece right) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash_of(left, right) & mask;; at = (at + 1) & mask) {
      if (slots_[at] == kFree) return add(left, right, at);
      const Pair& pair = pairs_[slots_[at]];
      if (pair.left == left && pair.right == right) return slots_[at];
    }
  }
  Pair& operator[](std::uint32_t number) { return pairs_[number]; }
  const Pair& operator[](std::uint32_t number) const { return pairs_[number]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(pairs_.size()); }

  /// Whether a comes before b where all else is equal: by the left piece, then the right.
  bool is_before(std::uint32_t a, std::uint32_t b) const {
    return pairs_[a].left != pairs_[b].left ? pairs_[a].left < pairs_[b].left : pairs_[a].right < pairs_[b].right;
  }

 private:
  static constexpr std::uint32_t kFree = ~0u;

  static std::size_t hash_of(Piece left, Piece right) {
    const std::uint64_t key = std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u) >> 32);
  }
  std::uint32_t add(Piece left, Piece right, std::size_t slot) {
    slots_[slot] = size();
    pairs_.push_back({left, right});
    if (pairs_.size() * 2 > slots_.size()) grow();
    return size() - 1;
  }
  void grow() {
    slots_.assign(slots_.size() * 2, kFree);
    const std::size_t mask = slots_.size() - 1;
    for (std::uint32_t i = 0; i < size(); ++i) {
      std::size_t at = hash_of(pairs_[i].left, pairs_[i].right) & mask;
      while (slots_[at] != kFree) at = (at + 1) & mask;
      slots_[at] = i;
    }
  }

  std::vector<Pair> pairs_;
  std::vector<std::uint32_t> slots_;
};

/// Lists of words in one pool; a list is the number of its first node, -1 when empty.
class WordLists {
 public:
  /// A word that was added last already is not added again.
  void add(std::int32_t& list, std::int32_t word) {
    if (list >= 0 && nodes_[static_cast<std::size_t>(list)].word == word) return;
    if (free_ < 0) {
      free_ = static_cast<std::int32_t>(nodes_.size());
      nodes_.push_back({word, -1});
    }
    Node& node = nodes_[static_cast<std::size_t>(free_)];
    const std::int32_t added = free_;
    free_ = node.next;
    node = {word, list};
    list = added;
  }
  /// Calls visit(word) for the whole list and frees it.
  template <typename Visit>
  void take(std::int32_t list, Visit visit) {
    while (list >= 0) {
      const auto [word, next] = nodes_[static_cast<std::size_t>(list)];
      nodes_[static_cast<std::size_t>(list)].next = free_;
      free_ = list;
      list = next;
      visit(word);
    }
  }

 private:
  struct Node {
    std::int32_t word;
    std::int32_t next;
  };
  std::vector<Node> nodes_;
  std::int32_t free_ = -1;
};

}  // namespace scoria
