#include "text/piece_trie.h"

#include <algorithm>

namespace scoria {

PieceTrie::PieceTrie(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.bytes < b.bytes; });
  build(entries);
}

void PieceTrie::grow(std::int32_t size) {
  const auto old = static_cast<std::int32_t>(nodes_.size());
  nodes_.resize(size);
  for (std::int32_t slot = old; slot < size; ++slot) {
    nodes_[slot].base = last_free_;
    nodes_[slot].id = -1;
    if (last_free_ >= 0)
      nodes_[last_free_].id = slot;
    else
      first_free_ = slot;
    last_free_ = slot;
  }
}

void PieceTrie::take(std::int32_t slot) {
  const std::int32_t previous = nodes_[slot].base, next = nodes_[slot].id;
  (previous >= 0 ? nodes_[previous].id : first_free_) = next;
  (next >= 0 ? nodes_[next].base : last_free_) = previous;
  nodes_[slot] = {};
}

std::int32_t PieceTrie::find_base(std::span<const unsigned char> bytes) {
  // Few tries: a crowded stretch costs more time than the slots at the end cost memory.
  int tries = bytes.size() == 1 ? 1 << 20 : 64;
  for (std::int32_t slot = first_free_; slot >= 0 && tries > 0; slot = nodes_[slot].id, --tries) {
    const std::int32_t base = slot - bytes[0];
    if (base < 0) continue;
    const bool fits = std::all_of(bytes.begin(), bytes.end(), [&](unsigned char byte) {
      const auto at = static_cast<std::size_t>(base + byte);
      return at >= nodes_.size() || nodes_[at].parent == kNowhere;
    });
    if (fits) return base;
  }
  return static_cast<std::int32_t>(nodes_.size());
}

void PieceTrie::build(std::span<const Entry> entries) {
  struct Pending {
    std::int32_t node;
    std::size_t begin, end, depth;
  };
  grow(kAlphabet);  // a leaf's base is 0, and step() reads base + byte unasked
  take(root());
  nodes_[root()].parent = kNobody;
  std::vector<Pending> pending{{root(), 0, entries.size(), 0}};
  std::vector<unsigned char> bytes;
  std::vector<std::size_t> starts;
  // Breadth first, so that the nodes near the root, which every word visits, lie close together.
  for (std::size_t head = 0; head < pending.size(); ++head) {
    auto [node, begin, end, depth] = pending[head];
    if (begin < end && entries[begin].bytes.size() == depth) nodes_[node].id = entries[begin++].id;
    bytes.clear();
    starts.clear();
    for (std::size_t i = begin; i < end; ++i) {
      const auto byte = static_cast<unsigned char>(entries[i].bytes[depth]);
      if (bytes.empty() || bytes.back() != byte) {
        bytes.push_back(byte);
        starts.push_back(i);
      }
    }
    if (bytes.empty()) continue;
    starts.push_back(end);
    const std::int32_t base = find_base(bytes);
    const auto needed = static_cast<std::size_t>(base) + kAlphabet;
    if (needed > nodes_.size()) grow(static_cast<std::int32_t>(needed));
    nodes_[node].base = base;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const std::int32_t child = base + bytes[i];
      take(child);
      nodes_[child].parent = node;
      pending.push_back({child, starts[i], starts[i + 1], depth + 1});
    }
  }
}

}  // namespace scoria
