#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace scoria {

/// Memory wanted from the first to the last of some moments, both included.
struct Lease {
  std::uint64_t bytes = 0;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

struct Slot {
  std::uint32_t block = 0;
  std::uint64_t offset = 0;
};

struct ArenaLayout {
  std::vector<Slot> slots;  ///< of the leases, in order
  std::vector<std::uint64_t> block_bytes;
};

/// Places leases in blocks of at most max_block_bytes so that no two that share a moment share a byte.
///
/// Largest first, each into the smallest gap that takes it, and a new block only where none does: on the lives of a
/// training step this stays within a few percent of the largest sum of simultaneous leases.
/// Source: Pisarchyk, Lee 2020, arXiv:2001.03288, section 5, "greedy by size".
/// Every lease must be a multiple of the alignment and at most max_block_bytes.
ArenaLayout pack_arena(std::span<const Lease> leases, std::uint64_t max_block_bytes);

}  // namespace scoria
