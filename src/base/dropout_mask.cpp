#include "base/dropout_mask.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/target_clones.h"

namespace scoria {
namespace {

constexpr int kWide = 16;  // Philox blocks at once: one 512-bit register of each counter word
constexpr std::size_t kLanes = 8 * kWide;
constexpr std::size_t kGroups = 4;  // of kLanes elements between two calls of the consumer

// Plain loops over kWide counters, which gcc turns into even/odd 32 x 32 -> 64 vector products. The pragma is needed:
// at -O3 gcc 12 unrolls the loop before it vectorizes and ends at a third of the speed.
SCORIA_TARGET_CLONES(void, wide_blocks,
                     (std::uint32_t first_block, std::uint32_t site, std::uint32_t step, std::uint32_t seed_low,
                      std::uint32_t seed_high, std::size_t groups, std::uint32_t* __restrict out)) {
  for (std::size_t block = 0; block < groups * kWide; block += kWide) {
    std::uint32_t c0[kWide], c1[kWide], c2[kWide], c3[kWide];
    for (int j = 0; j < kWide; ++j) {
      // Element indices wrap at 2^32, so blocks of eight do at 2^29.
      c0[j] = (first_block + static_cast<std::uint32_t>(block) + static_cast<std::uint32_t>(j)) & 0x1FFFFFFFu;
      c1[j] = site;
      c2[j] = step;
      c3[j] = 0;
    }
    std::uint32_t key0 = seed_low, key1 = seed_high;
    for (int round = 0; round < 10; ++round) {
#pragma omp simd
      for (int j = 0; j < kWide; ++j) {
        const std::uint64_t p0 = 0xD2511F53ull * c0[j];
        const std::uint64_t p1 = 0xCD9E8D57ull * c2[j];
        c0[j] = static_cast<std::uint32_t>(p1 >> 32) ^ c1[j] ^ key0;
        c1[j] = static_cast<std::uint32_t>(p1);
        c2[j] = static_cast<std::uint32_t>(p0 >> 32) ^ c3[j] ^ key1;
        c3[j] = static_cast<std::uint32_t>(p0);
      }
      key0 += 0x9E3779B9u;
      key1 += 0xBB67AE85u;
    }
    for (int j = 0; j < kWide; ++j) {
      const std::size_t at = 4 * (block + static_cast<std::size_t>(j));
      out[at + 0] = c0[j];
      out[at + 1] = c1[j];
      out[at + 2] = c2[j];
      out[at + 3] = c3[j];
    }
  }
}

// The groups * kLanes lanes from element 8 * first_block on, low half of each word first.
void wide_lanes(const DropoutStream& stream, std::uint32_t first_block, std::size_t groups, std::uint16_t* lanes) {
  alignas(64) std::uint32_t words[4 * kWide * kGroups];
  wide_blocks(first_block, stream.site, stream.step, stream.seed_low, stream.seed_high, groups, words);
  if constexpr (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
    std::memcpy(lanes, words, groups * kLanes * sizeof(*lanes));
  } else {
    for (std::size_t k = 0; k < groups * kLanes; ++k)
      lanes[k] = static_cast<std::uint16_t>(words[k / 2] >> (16 * (k % 2)));
  }
}

SCORIA_TARGET_CLONES(void, select_factors,
                     (const std::uint16_t* lanes, std::size_t count, std::uint32_t threshold, float scale,
                      float* __restrict factors)) {
  for (std::size_t k = 0; k < count; ++k) factors[k] = lanes[k] >= threshold ? scale : 0.0f;
}

// Multiplies, and so keeps a NaN or infinity of x visible in a dropped element, as the shaders do.
SCORIA_TARGET_CLONES(void, multiply_factors,
                     (const std::uint16_t* lanes, std::size_t count, std::uint32_t threshold, float scale,
                      const float* x, float* y)) {
  for (std::size_t k = 0; k < count; ++k) y[k] = x[k] * (lanes[k] >= threshold ? scale : 0.0f);
}

// Calls f(lanes, position, n) for runs of at most kLanes * kGroups elements that together cover 0..count-1.
template <typename F>
void for_lanes(const DropoutStream& stream, std::uint32_t first, std::size_t count, F f) {
  alignas(64) std::uint16_t lanes[kLanes * kGroups];
  std::size_t done = 0;
  while (done < count) {
    const std::uint32_t element = first + static_cast<std::uint32_t>(done);
    const std::size_t skip = element % 8;
    const std::size_t n = std::min(count - done, kLanes * kGroups - skip);
    wide_lanes(stream, element / 8, (skip + n + kLanes - 1) / kLanes, lanes);
    f(lanes + skip, done, n);
    done += n;
  }
}

}  // namespace

std::uint32_t dropout_threshold(double p) {
  SCORIA_CHECK(p >= 0.0 && p < 1.0, "dropout probability outside [0, 1)");
  return static_cast<std::uint32_t>(std::min(65535.0, std::floor(65536.0 * p + 0.5)));
}

float dropout_scale(std::uint32_t threshold) { return 65536.0f / static_cast<float>(65536u - threshold); }

void dropout_lanes(const DropoutStream& stream, std::uint32_t first, std::size_t count, std::uint16_t* lanes) {
  for_lanes(stream, first, count, [&](const std::uint16_t* run, std::size_t at, std::size_t n) {
    std::memcpy(lanes + at, run, n * sizeof(*lanes));
  });
}

void dropout_factors(const DropoutStream& stream, std::uint32_t first, std::size_t count, std::uint32_t threshold,
                     float scale, float* factors) {
  for_lanes(stream, first, count, [&](const std::uint16_t* run, std::size_t at, std::size_t n) {
    select_factors(run, n, threshold, scale, factors + at);
  });
}

void dropout_apply(const DropoutStream& stream, std::uint32_t first, std::size_t count, std::uint32_t threshold,
                   float scale, const float* x, float* y) {
  for_lanes(stream, first, count, [&](const std::uint16_t* run, std::size_t at, std::size_t n) {
    multiply_factors(run, n, threshold, scale, x + at, y + at);
  });
}

}  // namespace scoria
