#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "gemm/tile_kernel.h"

namespace scoria {

#ifdef __AVX2__
namespace {

struct Avx2 {
  using Vec = __m256;
  static constexpr int kLanes = 8, kRows = 6;  // 12 sums of 16 registers
  static Vec zero() { return _mm256_setzero_ps(); }
  static Vec load(const float* x) { return _mm256_loadu_ps(x); }
  static void store(float* x, Vec v) { _mm256_storeu_ps(x, v); }
  static Vec broadcast(const float* x) { return _mm256_broadcast_ss(x); }
  static Vec multiply(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
  static Vec multiply_add(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
};

}  // namespace

const MicroKernels& micro_kernels_avx2() { return kMicroKernels<Avx2>; }
#else
const MicroKernels& micro_kernels_avx2() { return micro_kernels_baseline(); }
#endif

}  // namespace scoria
