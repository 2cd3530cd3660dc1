#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace scoria {

/// Byte trie over the pieces of a vocabulary, as a double array: one cache line a step, no hashing, so that the
/// longest match costs one walk and no candidate is built. Source: Aoe 1989, "An efficient digital search
/// algorithm by using a double-array structure".
class PieceTrie {
 public:
  struct Entry {
    std::string_view bytes;
    std::int32_t id;
  };
  static constexpr std::int32_t kNowhere = -1;

  PieceTrie() = default;
  /// Entries need not be sorted; bytes must be unique and not empty.
  explicit PieceTrie(std::vector<Entry> entries);

  static constexpr std::int32_t root() { return 0; }
  std::int32_t step(std::int32_t node, unsigned char byte) const {
    const std::int32_t next = nodes_[node].base + byte;
    return nodes_[next].parent == node ? next : kNowhere;
  }
  /// -1 where no piece ends.
  std::int32_t id(std::int32_t node) const { return nodes_[node].id; }

 private:
  // Free slots have parent kNowhere and are chained through base (previous) and id (next).
  struct Node {
    std::int32_t base = 0;
    std::int32_t parent = kNowhere;
    std::int32_t id = -1;
  };
  static constexpr std::int32_t kAlphabet = 256;
  static constexpr std::int32_t kNobody = -2;

  void grow(std::int32_t size);
  void take(std::int32_t slot);
  std::int32_t find_base(std::span<const unsigned char> bytes);
  void build(std::span<const Entry> entries);

  std::vector<Node> nodes_;
  std::int32_t first_free_ = -1, last_free_ = -1;
};

}  // namespace scoria
