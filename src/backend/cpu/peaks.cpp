#include "backend/cpu/peaks.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/stopwatch.h"
#include "base/target_clones.h"
#include "scoria/host_threads.h"

namespace scoria {
namespace {

// Enough independent chains to cover a latency of four cycles on two pipes, with operands left in registers.
constexpr int kChains = 12;
constexpr long kRounds = 4'000'000;

// A register of SSE or NEON, of AVX2, of AVX-512.
typedef float Lanes4 __attribute__((vector_size(16)));
typedef float Lanes8 __attribute__((vector_size(32)));
typedef float Lanes16 __attribute__((vector_size(64)));

/// A multiply-add of each lane of kChains registers a round; the sum is returned so that nothing is optimized away.
template <typename Lanes>
SCORIA_INLINE float multiply_add_rounds(float factor, float summand) {
  Lanes chains[kChains];
  for (int c = 0; c < kChains; ++c) chains[c] = Lanes{} + static_cast<float>(c);
  const Lanes f = Lanes{} + factor, s = Lanes{} + summand;
  for (long round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) chains[c] = chains[c] * f + s;
  }
  float sum = 0;
  for (const Lanes& chain : chains) {
    for (std::size_t lane = 0; lane < sizeof(Lanes) / sizeof(float); ++lane) sum += chain[lane];
  }
  return sum;
}

// Chains wider than the machine's registers spill and are slow, so all widths are timed and the fastest counts.
SCORIA_TARGET_CLONES(float, rounds_of_4, (float factor, float summand)) {
  return multiply_add_rounds<Lanes4>(factor, summand);
}
SCORIA_TARGET_CLONES(float, rounds_of_8, (float factor, float summand)) {
  return multiply_add_rounds<Lanes8>(factor, summand);
}
SCORIA_TARGET_CLONES(float, rounds_of_16, (float factor, float summand)) {
  return multiply_add_rounds<Lanes16>(factor, summand);
}

double gflops(int lanes, float (*rounds)(float, float)) {
  const int threads = host_threads();
  float sink = 0;
  double best = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const Stopwatch stopwatch;
#pragma omp parallel for reduction(+ : sink) schedule(static, 1) num_threads(threads)
    for (int t = 0; t < threads; ++t) sink += rounds(0.9999f, 1e-6f * static_cast<float>(t));
    best = std::max(best, 2.0 * lanes * kChains * kRounds * threads / stopwatch.ms() / 1e6);
  }
  return sink == 1.25f ? 0 : best;
}

double best_gflops() { return std::max({gflops(4, rounds_of_4), gflops(8, rounds_of_8), gflops(16, rounds_of_16)}); }

SCORIA_TARGET_CLONES(void, scale_floats, (float* values, std::size_t count)) {
  for (std::size_t i = 0; i < count; ++i) values[i] *= 1.0001f;
}

SCORIA_TARGET_CLONES(float, sum_floats, (const float* values, std::size_t count)) {
  Lanes16 sums[4] = {};
  for (std::size_t i = 0; i + 64 <= count; i += 64) {
#pragma GCC unroll 4
    for (std::size_t j = 0; j < 4; ++j) {
      Lanes16 lanes;
      std::memcpy(&lanes, values + i + 16 * j, sizeof(lanes));
      sums[j] += lanes;
    }
  }
  float sum = 0;
  for (const Lanes16& lanes : sums) sum += lanes[0];
  return sum;
}

/// Of a copy, of an update in place and of a sum: a copy alone is slower than AdamW, since it fetches what it overwrites.
double gbps() {
  constexpr std::size_t kCount = 64ull << 20;
  std::vector<float> from(kCount, 1.0f), to(kCount, 2.0f);
  const int threads = host_threads();
  const std::size_t part = kCount / static_cast<std::size_t>(threads);
  double best = 0;
  float sink = 0;
  const auto time = [&](double bytes_per_float, const auto& work) {
    const Stopwatch stopwatch;
#pragma omp parallel for schedule(static, 1) num_threads(threads) reduction(+ : sink)
    for (int t = 0; t < threads; ++t) sink += work(part * static_cast<std::size_t>(t));
    best = std::max(best, bytes_per_float * static_cast<double>(part) * threads / stopwatch.ms() / 1e6);
  };
  for (int repeat = 0; repeat < 5; ++repeat) {
    time(8, [&](std::size_t first) { return std::memcpy(&to[first], &from[first], 4 * part), 0.0f; });
    time(8, [&](std::size_t first) { return scale_floats(&to[first], part), 0.0f; });
    time(4, [&](std::size_t first) { return sum_floats(&from[first], part); });
  }
  return sink == 1.25f ? 0 : best;
}

}  // namespace

DevicePeaks measure_host_peaks() { return {best_gflops(), gbps()}; }

}  // namespace scoria
