#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/op_def.h"

namespace scoria {

/// Where a batch of matrices lies in a tensor, in elements: element (row, column) of matrix (outer, inner) is at
/// offset + outer * outer_stride + inner * inner_stride + row * row_stride + column * column_stride.
/// One of row_stride and column_stride is 1; a transpose only swaps them.
struct MatrixView {
  std::int64_t offset = 0;
  std::int64_t outer_stride = 0;
  std::int64_t inner_stride = 0;
  std::int64_t row_stride = 0;
  std::int64_t column_stride = 1;

  MatrixView transposed() const { return {offset, outer_stride, inner_stride, column_stride, row_stride}; }
};

/// The one form of every product: c[o, i] = alpha * a[o, i] b[o, i] + bias, where a is m x k, b is k x n, c is m x n.
struct MatmulProblem {
  std::int64_t outer = 1, inner = 1, m = 0, n = 0, k = 0;
  MatrixView a, b, c;
  float alpha = 1.0f;
  bool has_bias = false;

  std::int64_t batch() const { return outer * inner; }
};

/// Reads a node's problem from its attributes and input shapes. Throws Error (Usage) on misuse.
MatmulProblem matmul_problem(const OpCall& call);

CpuKernel matmul_cpu(const OpCall& call);
/// Vulkan kernels, best first: src/ops/matmul_kernels.cpp.
std::span<const KernelChoice> matmul_kernels();

extern const OpDef matmul_op;

}  // namespace scoria
