#pragma once

#include <cstddef>
#include <cstdint>

namespace scoria {

/// The dropout contract of scoria/ops.h on the host; shaders/common/philox.glsl holds the same for devices.

/// What a dropout draws from: the four words of its `rng` argument and its site.
struct DropoutStream {
  std::uint32_t seed_low = 0;
  std::uint32_t seed_high = 0;
  std::uint32_t step = 0;
  std::uint32_t first_row = 0;
  std::uint32_t site = 0;

  DropoutStream(const std::uint32_t* rng, std::uint32_t site_)
      : seed_low(rng[0]), seed_high(rng[1]), step(rng[2]), first_row(rng[3]), site(site_) {}

  /// The index that element `column` of row `row` draws at, in a tensor of row size n; modulo 2^32.
  std::uint32_t element(std::uint64_t row, std::uint64_t n, std::uint64_t column = 0) const {
    return static_cast<std::uint32_t>((first_row + row) * n + column);
  }
  /// Of the first element of row `row`, which draws as row rows[row]; rows = nullptr: as itself.
  std::uint32_t row_element(const std::int32_t* rows, std::int64_t row, std::int64_t n) const {
    const std::int64_t drawn = rows == nullptr ? row : rows[row];
    return element(static_cast<std::uint64_t>(drawn), static_cast<std::uint64_t>(n));
  }
};

/// p as round(65536 p), in 0..65535: an element is kept where its lane is at least this.
std::uint32_t dropout_threshold(double p);
/// 1 / (1 - p) with the rounded p.
float dropout_scale(std::uint32_t threshold);

/// lanes[k] = the 16-bit lane of element first + k (modulo 2^32), for k in 0..count-1. Fastest where first is a
/// multiple of 8 and count one of 128; about 2 elements a nanosecond on one AVX-512 core.
void dropout_lanes(const DropoutStream& stream, std::uint32_t first, std::size_t count, std::uint16_t* lanes);

/// factors[k] = 0 where element first + k is dropped, else scale.
void dropout_factors(const DropoutStream& stream, std::uint32_t first, std::size_t count, std::uint32_t threshold,
                     float scale, float* factors);

/// y[k] = x[k] * factor of element first + k; x and y may be the same.
void dropout_apply(const DropoutStream& stream, std::uint32_t first, std::size_t count, std::uint32_t threshold,
                   float scale, const float* x, float* y);

}  // namespace scoria
