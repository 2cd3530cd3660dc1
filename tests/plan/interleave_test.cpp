#include "plan/interleave.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "plan/barriers.h"

namespace scoria {
namespace {

PlacedDispatch dispatch(std::vector<std::pair<Access, std::uint32_t>> buffers) {
  PlacedDispatch placed;
  for (const auto& [access, block] : buffers) {
    placed.dispatch.buffers.push_back({OperandKind::Input, 0, access});
    placed.buffers.push_back({Space::Arena, block, 0, 256});
  }
  return placed;
}

constexpr Access R = Access::Read, W = Access::Write;

std::vector<PlacedDispatch> reorder(const std::vector<PlacedDispatch>& dispatches,
                                    const std::vector<std::uint32_t>& order) {
  std::vector<PlacedDispatch> result;
  for (const std::uint32_t i : order) result.push_back(dispatches[i]);
  return result;
}

bool conflict(const PlacedDispatch& a, const PlacedDispatch& b) {
  for (std::size_t i = 0; i < a.buffers.size(); ++i) {
    for (std::size_t j = 0; j < b.buffers.size(); ++j) {
      const bool write = a.dispatch.buffers[i].access != R || b.dispatch.buffers[j].access != R;
      if (write && a.buffers[i].overlaps(b.buffers[j])) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("the stages of a reduction run beside what follows") {
  std::vector<PlacedDispatch> dispatches = {
      dispatch({{R, 0}, {W, 1}}),          // 0 matmul dx
      dispatch({{R, 0}, {W, 2}}),          // 1 sum, first stage
      dispatch({{R, 2}, {W, 3}}),          // 2 sum, second stage
      dispatch({{R, 3}, {W, 4}}),          // 3 sum, third stage
      dispatch({{R, 1}, {R, 9}, {W, 5}}),  // 4 add
      dispatch({{R, 5}, {W, 6}}),          // 5 layer_norm_grad
  };
  CHECK(place_barriers(dispatches) == 3);
  const std::vector<std::uint32_t> order = interleave(dispatches, 16);
  CHECK(order == std::vector<std::uint32_t>{0, 1, 2, 4, 3, 5});
  std::vector<PlacedDispatch> reordered = reorder(dispatches, order);
  CHECK(place_barriers(reordered) == 2);
  CHECK(interleave(dispatches, 1) == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("random dispatches keep the order of their conflicts, and never need more barriers") {
  std::mt19937 random(3);
  std::uint32_t before = 0, after = 0;
  for (int i = 0; i < 2000; ++i) {
    CAPTURE(i);
    std::vector<PlacedDispatch> dispatches(1 + random() % 60);
    for (PlacedDispatch& placed : dispatches) {
      std::vector<std::pair<Access, std::uint32_t>> buffers;
      for (std::size_t b = 0; b < 1 + random() % 3; ++b) {
        buffers.emplace_back(random() % 3 == 0 ? W : R, random() % 30);
      }
      placed = dispatch(buffers);
    }
    const std::uint32_t window = 1 + random() % 20;
    const std::vector<std::uint32_t> order = interleave(dispatches, window);
    std::vector<std::uint32_t> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (std::uint32_t k = 0; k < sorted.size(); ++k) REQUIRE(sorted[k] == k);
    REQUIRE(order.size() == dispatches.size());
    for (std::size_t late = 0; late < order.size(); ++late) {
      REQUIRE(order[late] < late + window);
      for (std::size_t early = 0; early < late; ++early) {
        if (order[early] > order[late]) REQUIRE(!conflict(dispatches[order[early]], dispatches[order[late]]));
      }
    }
    std::vector<PlacedDispatch> reordered = reorder(dispatches, order);
    const std::uint32_t now = place_barriers(reordered);
    const std::uint32_t then = place_barriers(dispatches);
    REQUIRE(now <= then);
    before += then;
    after += now;
  }
  CHECK(after < before);
  MESSAGE(before << " barriers, " << after << " after interleaving");
}

}  // namespace scoria
