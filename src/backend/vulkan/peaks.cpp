#include "backend/vulkan/peaks.h"

#include <algorithm>

#include "base/check.h"
#include "base/stopwatch.h"

namespace scoria::vulkan {
namespace {

constexpr std::uint32_t kWorkgroup = 128;
constexpr std::uint32_t kCopyVectors = 2;        // vec4 an invocation, as in peak_copy.comp
constexpr std::uint32_t kFmaPerRound = 32 * 8;  // an invocation and round, as in peak_fma.comp
constexpr double kEnoughMs = 200;                // of one measurement; a third of it is long for a launch
constexpr int kRepeats = 5;

const OpDef kPeakOp{.name = "peak"};

/// A program of one dispatch on two regions of `bytes` each.
Program one_dispatch(std::string shader, std::uint64_t bytes, std::uint32_t groups, std::vector<std::uint32_t> words) {
  Program program;
  program.arena_block_bytes = {2 * bytes};
  PlacedNode node;
  node.op = &kPeakOp;
  node.label = node.kernel = shader;
  program.nodes.push_back(std::move(node));
  PlacedDispatch placed;
  placed.dispatch.shader = std::move(shader);
  placed.dispatch.constants = {kWorkgroup};
  placed.dispatch.buffers = {Operand::in(0), Operand::out(0)};
  placed.dispatch.words = std::move(words);
  placed.dispatch.grid = {groups, 1, 1};
  placed.buffers = {{Space::Arena, 0, 0, bytes}, {Space::Arena, 0, bytes, bytes}};
  program.dispatches.push_back(std::move(placed));
  return program;
}

double best_ms(Backend& backend, const Program& program, int repeats) {
  const auto executable = backend.load(program, backend.make_state_store());
  executable->fill_intermediates(0);
  executable->run_timed();  // drivers compile at the first dispatch
  double best = executable->run_timed().at(0).ms;
  for (int i = 1; i < repeats; ++i) best = std::min(best, executable->run_timed().at(0).ms);
  return best;
}

double measure_gflops(Backend& backend) {
  const std::uint32_t groups = 4096;
  const double fma_per_round = static_cast<double>(groups) * kWorkgroup * kFmaPerRound;
  const std::uint64_t bytes = static_cast<std::uint64_t>(groups) * kWorkgroup * 4;
  std::uint32_t rounds = 1;
  double ms = best_ms(backend, one_dispatch("peak_fma", bytes, groups, {rounds}), 1);
  // Longer until the launch no longer counts, and far below a watchdog's seconds.
  while (ms < kEnoughMs / 3 && rounds < (1u << 20)) {
    const double factor = std::clamp(kEnoughMs / 2 / std::max(ms, 0.01), 2.0, 16.0);
    rounds = static_cast<std::uint32_t>(rounds * factor);
    ms = best_ms(backend, one_dispatch("peak_fma", bytes, groups, {rounds}), 1);
  }
  ms = best_ms(backend, one_dispatch("peak_fma", bytes, groups, {rounds}), kRepeats);
  return 2 * fma_per_round * rounds / (ms * 1e6);
}

/// Milliseconds of the driver's copy, by the host's clock: a submit is nothing beside it.
double driver_copy_ms(OpenDevice& open, std::uint64_t bytes) {
  const Buffer from(open.device, bytes, MemoryUse::Device, "a peak's source");
  const Buffer to(open.device, bytes, MemoryUse::Device, "a peak's copy");
  open.transfer.fill(from, 0);
  double best = 0;
  for (int i = 0; i <= kRepeats; ++i) {
    const Stopwatch stopwatch;
    open.transfer.copy(from, to);
    const double took_ms = stopwatch.ms();
    if (i <= 1 || took_ms < best) best = took_ms;  // the first one may touch fresh pages
  }
  return best;
}

double measure_gbps(Backend& backend, OpenDevice& open) {
  // Beyond the caches of any device (RDNA 3 has 96 MiB), in one allocation, and at most a quarter of what is free.
  std::uint64_t bytes = 192ull << 20;
  const std::uint64_t free = backend.info().memory_free_bytes ? backend.info().memory_free_bytes : 4ull << 30;
  while (bytes > (16ull << 20) && 2 * bytes > std::min(free / 4, backend.caps()->max_allocation_bytes)) bytes /= 2;
  const std::uint64_t per_group = static_cast<std::uint64_t>(kWorkgroup) * kCopyVectors * 16;
  const auto groups = static_cast<std::uint32_t>(bytes / per_group);
  SCORIA_CHECK(groups <= 65535, "the copy has more workgroups than Vulkan promises");
  const double shader_ms = best_ms(backend, one_dispatch("peak_copy", bytes, groups, {}), kRepeats);
  const double ms = std::min(shader_ms, driver_copy_ms(open, bytes));
  return 2 * static_cast<double>(bytes) / (ms * 1e6);
}

}  // namespace

DevicePeaks measure_peaks(Backend& backend, OpenDevice& open) {
  return {measure_gflops(backend), measure_gbps(backend, open)};
}

}  // namespace scoria::vulkan
