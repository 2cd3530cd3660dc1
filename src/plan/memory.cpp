#include "plan/memory.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

#include "base/check.h"

namespace scoria {
namespace {

struct Placed {
  std::uint64_t offset;
  Lease lease;
};

/// One block while it is being filled: what lies in it, by offset.
class Block {
 public:
  struct Gap {
    std::uint64_t offset;
    std::uint64_t bytes;  ///< of room; the largest number where the gap is the block's open end
  };

  /// The smallest gap beside everything that lives at the same time.
  Gap find_gap(const Lease& lease) const {
    constexpr std::uint64_t kOpen = std::numeric_limits<std::uint64_t>::max();
    std::optional<Gap> best;
    std::uint64_t end = 0;
    for (const Placed& other : placed_) {
      if (other.lease.first > lease.last || lease.first > other.lease.last) continue;
      if (other.offset > end && other.offset - end >= lease.bytes && (!best || other.offset - end < best->bytes)) {
        best = Gap{end, other.offset - end};
      }
      end = std::max(end, other.offset + other.lease.bytes);
    }
    if (end + lease.bytes <= bytes_ && (!best || bytes_ - end < best->bytes)) best = Gap{end, bytes_ - end};
    return best ? *best : Gap{end, kOpen};
  }

  void place(const Lease& lease, std::uint64_t offset) {
    const auto later = [](std::uint64_t at, const Placed& other) { return at < other.offset; };
    placed_.insert(std::upper_bound(placed_.begin(), placed_.end(), offset, later), {offset, lease});
    bytes_ = std::max(bytes_, offset + lease.bytes);
  }

  std::uint64_t bytes() const { return bytes_; }

 private:
  std::vector<Placed> placed_;
  std::uint64_t bytes_ = 0;
};

Slot place(std::vector<Block>& blocks, const Lease& lease, std::uint64_t max_block_bytes) {
  std::optional<Slot> best;
  std::uint64_t best_room = 0;
  for (std::uint32_t b = 0; b < blocks.size(); ++b) {
    const Block::Gap gap = blocks[b].find_gap(lease);
    if (gap.offset + lease.bytes > max_block_bytes || (best && gap.bytes >= best_room)) continue;
    best = Slot{b, gap.offset};
    best_room = gap.bytes;
  }
  if (!best) {
    best = Slot{static_cast<std::uint32_t>(blocks.size()), 0};
    blocks.emplace_back();
  }
  blocks[best->block].place(lease, best->offset);
  return *best;
}

}  // namespace

ArenaLayout pack_arena(std::span<const Lease> leases, std::uint64_t max_block_bytes) {
  std::vector<std::uint32_t> largest_first(leases.size());
  std::iota(largest_first.begin(), largest_first.end(), 0u);
  std::stable_sort(largest_first.begin(), largest_first.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return leases[a].bytes > leases[b].bytes; });
  std::vector<Block> blocks;
  ArenaLayout layout;
  layout.slots.resize(leases.size());
  for (const std::uint32_t i : largest_first) {
    SCORIA_CHECK(leases[i].bytes <= max_block_bytes, "a lease fits into a block");
    layout.slots[i] = place(blocks, leases[i], max_block_bytes);
  }
  for (const Block& block : blocks) layout.block_bytes.push_back(block.bytes());
  return layout;
}

}  // namespace scoria
