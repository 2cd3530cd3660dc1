#include "plan/barriers.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "plan/make_program.h"
#include "plan/toy_ops.h"

namespace scoria {
namespace {

/// A program of bare dispatches over byte ranges of one block.
class Bytes {
 public:
  Bytes() {
    program.nodes.emplace_back();
    program.nodes[0].op = &toy::blend_op;
  }

  Bytes& dispatch(std::vector<std::pair<Access, Region>> buffers) {
    PlacedDispatch placed;
    placed.dispatch.shader = "toy";
    for (const auto& [access, region] : buffers) {
      placed.dispatch.buffers.push_back({OperandKind::Input, 0, access});
      placed.buffers.push_back(region);
    }
    program.dispatches.push_back(std::move(placed));
    return *this;
  }

  std::vector<bool> barriers() {
    place_barriers(program.dispatches);
    std::vector<bool> result;
    for (const PlacedDispatch& placed : program.dispatches) result.push_back(placed.barrier_before);
    return result;
  }

  Program program;
};

Region bytes(std::uint64_t first, std::uint64_t end) { return {Space::Arena, 0, first, end - first}; }

constexpr Access R = Access::Read, W = Access::Write, U = Access::ReadWrite;

/// The least number of barriers, by trying every set.
int least_barriers(Program program) {
  const auto gaps = static_cast<unsigned>(program.dispatches.size() - 1);
  int least = static_cast<int>(gaps);
  for (unsigned set = 0; set < 1u << gaps; ++set) {
    for (unsigned i = 0; i < gaps; ++i) program.dispatches[i + 1].barrier_before = (set >> i & 1) != 0;
    if (find_hazard(program).empty()) least = std::min(least, __builtin_popcount(set));
  }
  return least;
}

}  // namespace

TEST_CASE("a barrier stands before every kind of conflict and nothing else") {
  CHECK(Bytes().dispatch({{W, bytes(0, 8)}}).dispatch({{R, bytes(4, 12)}}).barriers() ==
        std::vector<bool>{false, true});
  CHECK(Bytes().dispatch({{R, bytes(0, 8)}}).dispatch({{W, bytes(4, 12)}}).barriers() ==
        std::vector<bool>{false, true});
  CHECK(Bytes().dispatch({{W, bytes(0, 8)}}).dispatch({{W, bytes(4, 12)}}).barriers() ==
        std::vector<bool>{false, true});
  CHECK(Bytes().dispatch({{U, bytes(0, 8)}}).dispatch({{U, bytes(0, 8)}}).barriers() == std::vector<bool>{false, true});
  CHECK(Bytes().dispatch({{R, bytes(0, 8)}}).dispatch({{R, bytes(0, 8)}}).barriers() ==
        std::vector<bool>{false, false});
  CHECK(Bytes().dispatch({{W, bytes(0, 8)}}).dispatch({{W, bytes(8, 9)}}).barriers() ==
        std::vector<bool>{false, false});
  CHECK(Bytes()
            .dispatch({{W, bytes(0, 8)}})
            .dispatch({{W, {Space::Arena, 1, 0, 8}}, {R, {Space::State, 0, 0, 8}}, {R, {Space::Input, 0, 0, 8}}})
            .barriers() == std::vector<bool>{false, false});
}

TEST_CASE("one barrier serves all conflicts across it") {
  CHECK(Bytes()
            .dispatch({{W, bytes(0, 8)}})
            .dispatch({{W, bytes(8, 16)}})
            .dispatch({{R, bytes(0, 8)}, {W, bytes(16, 24)}})
            .dispatch({{R, bytes(8, 16)}, {W, bytes(24, 32)}})
            .barriers() == std::vector<bool>{false, false, true, false});
}

TEST_CASE("the verifier names the two dispatches") {
  Bytes two;
  two.dispatch({{W, bytes(0, 8)}}).dispatch({{R, bytes(4, 12)}});
  CHECK(
      find_hazard(two.program) ==
      "dispatch 0 (toy of toy_blend \"\") writes arena 0 + 0 to 8, then dispatch 1 (toy of toy_blend \"\") reads arena "
      "0 + 4 to 12, with no barrier between");
}

TEST_CASE("random dispatches: each barrier is needed, and no smaller set would do") {
  std::mt19937 random(11);
  int removed = 0;
  constexpr int kPrograms = 2000, kExhaustive = 100;
  for (int i = 0; i < kPrograms; ++i) {
    CAPTURE(i);
    Bytes made;
    const std::size_t count = i < kExhaustive ? 2 + random() % 7 : 2 + random() % 30;
    for (std::size_t d = 0; d < count; ++d) {
      std::vector<std::pair<Access, Region>> buffers;
      for (std::size_t b = 0; b < 1 + random() % 3; ++b) {
        const std::uint64_t first = random() % 200;
        const Region region{static_cast<Space>(random() % 4), static_cast<std::uint32_t>(random() % 2), first,
                            1 + random() % 60};
        buffers.emplace_back(static_cast<Access>(random() % 3), region);
      }
      made.dispatch(std::move(buffers));
    }
    Program& program = made.program;
    const std::uint32_t barriers = place_barriers(program.dispatches);
    REQUIRE(find_hazard(program) == "");
    if (i < kExhaustive) REQUIRE(static_cast<int>(barriers) == least_barriers(program));
    for (PlacedDispatch& placed : program.dispatches) {
      if (!placed.barrier_before) continue;
      placed.barrier_before = false;
      REQUIRE(find_hazard(program) != "");
      placed.barrier_before = true;
      ++removed;
    }
    for (PlacedDispatch& placed : program.dispatches) placed.barrier_before = true;
    REQUIRE(find_hazard(program) == "");
  }
  CHECK(removed > kPrograms);
  MESSAGE(kPrograms << " programs; each of " << removed << " barriers, removed in turn, is found missing when removed; "
                    << kExhaustive << " of the programs tried have no smaller set");
}

}  // namespace scoria
