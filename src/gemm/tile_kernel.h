#pragma once

#include "gemm/tile.h"

/// The micro-kernel, for files that are each compiled for one instruction set. Such a file gives a vector type of its
/// own, so that no code of it can stand in for another's, and includes nothing that has code to share.

namespace scoria {

/// V: Vec, kLanes, zero, load, store, broadcast, multiply, multiply_add. A tile is kRows x 2 V::kLanes.
template <class V, int kRows, bool kIsKMajor>
void compute_tile(const Tile& t) {
  using Vec = typename V::Vec;
  // Bases three rows apart: an address is then a base and once or twice the stride, and few registers hold them all.
  constexpr int kBases = (kRows + 2) / 3;
  Vec sums[kRows][2];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    float* c = t.c + i * t.c_stride;
    // The tile below comes next: by then its part of c is here.
    __builtin_prefetch(c + kRows * t.c_stride, 1);
    __builtin_prefetch(c + kRows * t.c_stride + 2 * V::kLanes - 1, 1);
    sums[i][0] = t.resume ? V::load(c) : V::zero();
    sums[i][1] = t.resume ? V::load(c + V::kLanes) : V::zero();
  }
  const float* b = t.b;
  const std::int64_t a_stride = t.a_stride, b_stride = t.b_stride;
  const float* a[kBases];
#pragma GCC unroll 16
  for (int base = 0; base < kBases; ++base) a[base] = t.a + (kIsKMajor ? 3 * base : 3 * base * a_stride);
  for (std::int64_t k = t.k; k > 0; --k) {
    const Vec b0 = V::load(b), b1 = V::load(b + V::kLanes);
    b += b_stride;
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const Vec x = V::broadcast(kIsKMajor ? a[0] + i : a[i / 3] + (i % 3) * a_stride);
      sums[i][0] = V::multiply_add(x, b0, sums[i][0]);
      sums[i][1] = V::multiply_add(x, b1, sums[i][1]);
    }
    if constexpr (kIsKMajor) {
      a[0] += a_stride;
    } else {
#pragma GCC unroll 16
      for (int base = 0; base < kBases; ++base) ++a[base];
    }
  }
  const Vec alpha = V::broadcast(&t.alpha);
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      Vec sum = sums[i][half];
      if (t.is_last)
        sum = t.bias ? V::multiply_add(alpha, sum, V::load(t.bias + half * V::kLanes)) : V::multiply(alpha, sum);
      V::store(t.c + i * t.c_stride + half * V::kLanes, sum);
    }
  }
}

/// Kernels for 1 to kRows rows.
template <class V, bool kIsKMajor, typename Rows>
struct TileTable;

template <int... kIndex>
struct Indices {};
template <int kCount, int... kIndex>
struct MakeIndices : MakeIndices<kCount - 1, kCount - 1, kIndex...> {};
template <int... kIndex>
struct MakeIndices<0, kIndex...> {
  using Type = Indices<kIndex...>;
};

template <class V, bool kIsKMajor, int... kIndex>
struct TileTable<V, kIsKMajor, Indices<kIndex...>> {
  static constexpr TileFn kTiles[] = {compute_tile<V, kIndex + 1, kIsKMajor>...};
};

template <class V>
constexpr MicroKernels kMicroKernels{V::kRows, 2 * V::kLanes,
                                     TileTable<V, false, typename MakeIndices<V::kRows>::Type>::kTiles,
                                     TileTable<V, true, typename MakeIndices<V::kRows>::Type>::kTiles};

}  // namespace scoria
