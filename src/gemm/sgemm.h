#pragma once

#include <cstdint>

#include "base/cpu_isa.h"

namespace scoria {

/// A matrix in memory: element (row, column) is data[row * row_stride + column * column_stride]. One stride is 1.
struct SgemmOperand {
  const float* data;
  std::int64_t row_stride, column_stride;
};

/// c = alpha (a b) + bias, or c += a b: a is m x k, b k x n, c m x n with rows c_stride apart, bias n or nullptr.
struct SgemmCall {
  std::int64_t m, n, k;
  SgemmOperand a, b;
  float* c;
  std::int64_t c_stride;
  float alpha = 1.0f;  ///< 1 where c is added to
  const float* bias = nullptr;
  bool accumulate = false;
};

/// A product of matrices in f32, on the threads of parallel_for.
///
/// An element is one chain of fused multiply-adds over k, from the first to the last, whatever the shapes, the threads,
/// the place of its row among others, and the instruction set (but for SCORIA_CPU_ISA=baseline, which rounds products
/// apart). The error of an element is below k eps sum |a| |b|, eps = 2^-24, and usually about sqrt(k) eps of that sum.
///
/// The stack pointer always points into the stack: signals may come at any time. Copies of operands are kept from call
/// to call, at most 13 MiB for a calling thread.
void sgemm(const SgemmCall& call, CpuIsa isa = cpu_isa());

/// The same on the caller's thread alone, for many small products at once, in sgemm_scratch_floats of memory.
void sgemm_alone(const SgemmCall& call, float* scratch, CpuIsa isa = cpu_isa());
std::int64_t sgemm_scratch_floats(std::int64_t n, std::int64_t k);

}  // namespace scoria
