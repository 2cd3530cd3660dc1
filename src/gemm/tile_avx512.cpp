#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "gemm/tile_kernel.h"

namespace scoria {

#ifdef __AVX512F__
namespace {

struct Avx512 {
  using Vec = __m512;
  static constexpr int kLanes = 16, kRows = 14;  // 28 sums of 32 registers
  static Vec zero() { return _mm512_setzero_ps(); }
  static Vec load(const float* x) { return _mm512_loadu_ps(x); }
  static void store(float* x, Vec v) { _mm512_storeu_ps(x, v); }
  static Vec broadcast(const float* x) { return _mm512_set1_ps(*x); }
  static Vec multiply(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
  static Vec multiply_add(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
};

}  // namespace

const MicroKernels& micro_kernels_avx512() { return kMicroKernels<Avx512>; }
#else
const MicroKernels& micro_kernels_avx512() { return micro_kernels_baseline(); }
#endif

}  // namespace scoria
