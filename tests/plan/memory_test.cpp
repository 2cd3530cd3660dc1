#include "plan/memory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace scoria {
namespace {

constexpr std::uint64_t kNoLimit = 1ull << 40;

bool share_a_moment(const Lease& a, const Lease& b) { return a.first <= b.last && b.first <= a.last; }

bool share_a_byte(const Slot& a, std::uint64_t a_bytes, const Slot& b, std::uint64_t b_bytes) {
  return a.block == b.block && a.offset < b.offset + b_bytes && b.offset < a.offset + a_bytes;
}

void check_valid(const std::vector<Lease>& leases, const ArenaLayout& layout, std::uint64_t limit) {
  for (std::size_t i = 0; i < leases.size(); ++i) {
    REQUIRE(layout.slots[i].offset + leases[i].bytes <= layout.block_bytes.at(layout.slots[i].block));
    for (std::size_t j = 0; j < i; ++j) {
      if (!share_a_moment(leases[i], leases[j])) continue;
      REQUIRE(!share_a_byte(layout.slots[i], leases[i].bytes, layout.slots[j], leases[j].bytes));
    }
  }
  for (const std::uint64_t bytes : layout.block_bytes) REQUIRE(bytes <= limit);
}

/// No layout can be smaller than what is leased at one moment.
std::uint64_t largest_moment(const std::vector<Lease>& leases) {
  std::uint64_t largest = 0;
  for (const Lease& at : leases) {
    std::uint64_t sum = 0;
    for (const Lease& lease : leases) sum += lease.first <= at.first && at.first <= lease.last ? lease.bytes : 0;
    largest = std::max(largest, sum);
  }
  return largest;
}

}  // namespace

TEST_CASE("leases that follow each other share memory, leases that meet do not") {
  const std::vector<Lease> leases = {{512, 0, 1}, {512, 2, 3}, {512, 3, 4}};
  const ArenaLayout layout = pack_arena(leases, kNoLimit);
  CHECK(layout.block_bytes == std::vector<std::uint64_t>{1024});
  CHECK(layout.slots[0].offset == layout.slots[1].offset);
  CHECK(layout.slots[1].offset != layout.slots[2].offset);
}

TEST_CASE("the smallest gap that fits is taken") {
  // From moment 5 on there are gaps of 1024 and of 256 bytes, where the leases that ended were.
  const std::vector<Lease> leases = {{1024, 0, 9}, {1024, 0, 4}, {512, 0, 9}, {256, 0, 4}, {256, 5, 9}};
  const ArenaLayout layout = pack_arena(leases, kNoLimit);
  check_valid(leases, layout, kNoLimit);
  CHECK(layout.slots[4].offset == layout.slots[3].offset);
}

TEST_CASE("a block takes no more than its limit") {
  constexpr std::uint64_t kLimit = 64ull << 20;
  std::vector<Lease> leases(10, Lease{24ull << 20, 0, 9});
  leases.push_back({kLimit, 0, 9});
  const ArenaLayout layout = pack_arena(leases, kLimit);
  check_valid(leases, layout, kLimit);
  CHECK(layout.block_bytes.size() == 6);  // one for the largest, two of 24 MiB in each of the others
}

TEST_CASE("random leases never share a byte in a moment, and waste little") {
  std::mt19937 random(7);
  double worst = 1.0, sum = 0.0;
  constexpr int kLayouts = 300;
  for (int i = 0; i < kLayouts; ++i) {
    CAPTURE(i);
    std::vector<Lease> leases(2 + random() % 80);
    for (Lease& lease : leases) {
      lease.bytes = 256 * (1 + random() % 64);
      lease.first = random() % 60;
      lease.last = lease.first + random() % 12;
    }
    check_valid(leases, pack_arena(leases, 256 * 64), 256 * 64);
    const ArenaLayout layout = pack_arena(leases, kNoLimit);
    check_valid(leases, layout, kNoLimit);
    REQUIRE(layout.block_bytes.size() == 1);
    const double ratio = static_cast<double>(layout.block_bytes[0]) / static_cast<double>(largest_moment(leases));
    worst = std::max(worst, ratio);
    sum += ratio;
  }
  CHECK(sum / kLayouts < 1.15);
  MESSAGE(kLayouts << " layouts: " << sum / kLayouts << " of the lower bound on average, " << worst << " at worst");
}

}  // namespace scoria
