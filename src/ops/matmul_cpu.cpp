// Products on the host: a single one on all threads, many small ones, such as attention's heads, one on each.

#include <memory>

#include "base/parallel.h"
#include "gemm/sgemm.h"
#include "ops/matmul.h"
#include "ops/thread_scratch.h"

namespace scoria {
namespace {

SgemmCall product_of(const MatmulProblem& p, const CpuArgs& args, std::int64_t matrix) {
  const auto at = [&](const MatrixView& v) {
    return v.offset + (matrix / p.inner) * v.outer_stride + (matrix % p.inner) * v.inner_stride;
  };
  SgemmCall call{p.m,
                 p.n,
                 p.k,
                 {args.in<float>(0) + at(p.a), p.a.row_stride, p.a.column_stride},
                 {args.in<float>(1) + at(p.b), p.b.row_stride, p.b.column_stride},
                 args.out<float>(0) + at(p.c),
                 p.c.row_stride};
  call.alpha = p.alpha;
  call.bias = p.has_bias ? args.in<float>(2) : nullptr;
  return call;
}

}  // namespace

CpuKernel matmul_cpu(const OpCall& call) {
  const MatmulProblem problem = matmul_problem(call);
  if (problem.batch() == 1) {
    return [problem](const CpuArgs& args) { sgemm(product_of(problem, args, 0)); };
  }
  const auto scratch = std::make_shared<ThreadScratch>(sgemm_scratch_floats(problem.n, problem.k));
  return [problem, scratch](const CpuArgs& args) {
    scratch->grow();
    parallel_for(problem.batch(), 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t matrix = first; matrix < last; ++matrix)
        sgemm_alone(product_of(problem, args, matrix), scratch->mine());
    });
  };
}

}  // namespace scoria
