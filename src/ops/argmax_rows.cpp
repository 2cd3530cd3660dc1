#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "base/parallel.h"
#include "base/target_clones.h"
#include "ops/expect.h"
#include "ops/flat_dispatch.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "x", DType::f32);
  const Shape& x = call.inputs[0].shape;
  if (x.rank() != 2) misuse(call, fmt::format("x must be [R, n]; got {}", x.to_string()));
  return {{DType::i32, {x[0]}}};
}

void reference(const ReferenceArgs& args) {
  const ReferenceTensor& x = *args.inputs[0];
  const auto n = static_cast<std::size_t>(x.desc.shape[1]);
  for (std::size_t row = 0; row < args.outputs[0].values.size(); ++row) {
    double largest = -std::numeric_limits<double>::infinity();
    std::size_t column = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (x.values[row * n + i] > largest) {
        largest = x.values[row * n + i];
        column = i;
      }
    }
    args.outputs[0].values[row] = static_cast<double>(column);
  }
}

// Two passes: the maximum is vector code, and the search for it ends early.
SCORIA_TARGET_CLONES(std::int32_t, first_largest, (const float* x, std::int64_t n)) {
  float largest = -std::numeric_limits<float>::infinity();
#pragma omp simd reduction(max : largest)
  for (std::int64_t i = 0; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
  for (std::int64_t i = 0; i < n; ++i) {
    if (x[i] == largest) return static_cast<std::int32_t>(i);
  }
  return 0;
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t rows = call.inputs[0].shape[0], n = call.inputs[0].shape[1];
  return [rows, n](const CpuArgs& args) {
    const float* x = args.in<float>(0);
    std::int32_t* column = args.out<std::int32_t>(0);
    parallel_for(rows, std::max<std::int64_t>(1, (1 << 14) / n), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) column[row] = first_largest(x + row * n, n);
    });
  };
}

Dispatch dispatch_of(const OpCall& call, std::uint32_t workgroup, std::uint32_t team, const DeviceCaps& caps) {
  const Shape& x = call.inputs[0].shape;
  Dispatch dispatch;
  dispatch.shader = "argmax_rows";
  dispatch.constants = {workgroup, team};
  dispatch.buffers = {Operand::in(0), Operand::out(0)};
  dispatch.words = {static_cast<std::uint32_t>(x[0]), static_cast<std::uint32_t>(x[1])};
  dispatch.grid = folded_grid(static_cast<std::uint64_t>(x[0]), workgroup / team, caps);
  return dispatch;
}

PlannedKernel plan_single(const OpCall& call, const DeviceCaps& caps) {
  const std::int64_t n = call.inputs[0].shape[1];
  if (!caps.is_llvmpipe && n >= 32) return Refusal{"rows of 32 elements and more suit a team"};
  const std::uint32_t workgroup = caps.is_llvmpipe ? caps.subgroup_size : std::min(64u, flat_workgroup(caps));
  return KernelPlan{{dispatch_of(call, workgroup, 1, caps)}, {}};
}

PlannedKernel plan_team(const OpCall& call, const DeviceCaps& caps) {
  const auto n = static_cast<std::uint32_t>(call.inputs[0].shape[1]);
  const std::uint32_t workgroup = std::bit_floor(flat_workgroup(caps));
  return KernelPlan{{dispatch_of(call, workgroup, std::min(workgroup, std::bit_floor(n)), caps)}, {}};
}

constexpr KernelChoice kKernels[] = {{"single", plan_single}, {"team", plan_team}};

}  // namespace

const OpDef argmax_rows_op{
    .name = "argmax_rows",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .no_grad = "it selects a column; a selection has no derivative",
    .flops = flops_per_element<1>,
};
const OpRegistration argmax_rows_registered(argmax_rows_op);

Value argmax_rows(Value x) { return add_op(argmax_rows_op, {x}); }

}  // namespace scoria
