#include "base/parallel.h"
#include "base/target_clones.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/flops.h"
#include "ops/row_kernels.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

void reference(const ReferenceArgs& args) {
  const std::vector<double>&y = args.inputs[0]->values, &dy = args.inputs[1]->values;
  const auto n = static_cast<std::size_t>(args.inputs[0]->desc.shape.row_size());
  for (std::size_t start = 0; start < y.size(); start += n) {
    double total = 0;
    for (std::size_t i = start; i < start + n; ++i) total += y[i] * dy[i];
    for (std::size_t i = start; i < start + n; ++i) args.outputs[0].values[i] = y[i] * (dy[i] - total);
  }
}

SCORIA_TARGET_CLONES(void, grad_row, (const float* y, const float* dy, float* dx, std::int64_t n)) {
  float total = 0;
#pragma omp simd reduction(+ : total)
  for (std::int64_t c = 0; c < n; ++c) total += y[c] * dy[c];
#pragma omp simd
  for (std::int64_t c = 0; c < n; ++c) dx[c] = y[c] * (dy[c] - total);
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t n = call.inputs[0].shape.row_size(), rows = call.inputs[0].shape.row_count();
  return [=](const CpuArgs& args) {
    const float *y = args.in<float>(0), *dy = args.in<float>(1);
    float* dx = args.out<float>(0);
    parallel_for(rows, 1 + 16384 / n, [=](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) grad_row(y + row * n, dy + row * n, dx + row * n, n);
    });
  };
}

Dispatch operands(const OpCall& call) {
  const Shape& y = call.inputs[0].shape;
  Dispatch dispatch;
  dispatch.buffers = {Operand::in(0), Operand::in(1), Operand::out(0)};
  dispatch.words = {static_cast<std::uint32_t>(y.row_count()), static_cast<std::uint32_t>(y.row_size())};
  return dispatch;
}

PlannedKernel plan_subgroup(const OpCall& call, const DeviceCaps& caps) {
  Dispatch dispatch = operands(call);
  dispatch.shader = "masked_softmax_grad";
  return plan_subgroup_rows(std::move(dispatch), call.inputs[0].shape, {}, caps);
}

PlannedKernel plan_basic(const OpCall& call, const DeviceCaps& caps) {
  Dispatch dispatch = operands(call);
  dispatch.shader = "masked_softmax_grad_basic";
  return plan_invocation_rows(std::move(dispatch), call.inputs[0].shape, caps);
}

constexpr KernelChoice kKernels[] = {{"subgroup", plan_subgroup}, {"basic", plan_basic}};
constexpr Alias kAliases[] = {{0, 1, AliasKind::Reuse}, {0, 0, AliasKind::Reuse}};

}  // namespace

const OpDef masked_softmax_grad_op{
    .name = "masked_softmax_grad",
    .infer = infer_alike,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .no_grad = "second derivatives are not provided",
    .aliases = kAliases,
    .flops = flops_per_element<4>,
};
const OpRegistration masked_softmax_grad_registered(masked_softmax_grad_op);

Value masked_softmax_grad(Value y, Value dy) { return add_op(masked_softmax_grad_op, {y, dy}); }

}  // namespace scoria
