#pragma once

#include <cstdint>

namespace scoria {

/// One call of a micro-kernel: a tile of c, whose sums stay in registers over all of k.
///
///     c[i, j] = (resume ? c[i, j] : 0) + a[i, 0] b[0, j] + a[i, 1] b[1, j] + ...     in this order, multiply-adds
///     c[i, j] = alpha c[i, j] + bias[j]                                              if this is the last of k
///
/// So the bits of an element depend on its row of a, its column of b, alpha and bias, and on nothing else.
struct Tile {
  std::int64_t k;
  const float* a;
  std::int64_t a_stride;  ///< between rows (a row major) or between steps of k (a k major)
  const float* b;         ///< as many columns as the kernel has
  std::int64_t b_stride;  ///< between steps of k
  float* c;
  std::int64_t c_stride;
  bool resume;        ///< c holds the sum so far
  bool is_last;       ///< of k: alpha and bias apply
  float alpha;
  const float* bias;  ///< nullptr: none
};

using TileFn = void (*)(const Tile&);

/// Of the largest tile of any instruction set.
constexpr int kMostRows = 14, kMostColumns = 32;

/// The micro-kernels of an instruction set: `row_major[h - 1]` and `k_major[h - 1]` compute tiles of h rows.
struct MicroKernels {
  std::int64_t rows, columns;  ///< of the largest tile
  const TileFn *row_major, *k_major;
};

/// AVX2 and AVX-512 give the same bits. The baseline rounds each product before it is added, where the processor has no
/// multiply-add: other bits, but they too depend on row and column alone.
const MicroKernels& micro_kernels_avx512();
const MicroKernels& micro_kernels_avx2();
const MicroKernels& micro_kernels_baseline();

}  // namespace scoria
