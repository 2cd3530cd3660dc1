#include "gemm/tile_kernel.h"

namespace scoria {
namespace {

struct Baseline {
  typedef float Vec __attribute__((vector_size(16)));
  typedef float Unaligned __attribute__((vector_size(16), aligned(4), may_alias));
  static constexpr int kLanes = 4, kRows = 6;
  static Vec zero() { return Vec{}; }
  static Vec load(const float* x) { return *reinterpret_cast<const Unaligned*>(x); }
  static void store(float* x, Vec v) { *reinterpret_cast<Unaligned*>(x) = v; }
  static Vec broadcast(const float* x) { return Vec{*x, *x, *x, *x}; }
  static Vec multiply(Vec a, Vec b) { return a * b; }
  static Vec multiply_add(Vec a, Vec b, Vec c) { return a * b + c; }
};

}  // namespace

const MicroKernels& micro_kernels_baseline() { return kMicroKernels<Baseline>; }

}  // namespace scoria
