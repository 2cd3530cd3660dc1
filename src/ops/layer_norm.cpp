#include "ops/layer_norm.h"

#include <fmt/format.h>

#include <cmath>

#include "base/parallel.h"
#include "ops/expect.h"
#include "ops/flops.h"

namespace scoria {
namespace {

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "x", DType::f32);
  expect_affine(call, 1);
  const Shape rows{call.inputs[0].shape.row_count()};
  return {call.inputs[0], {DType::f32, rows}, {DType::f32, rows}};
}

void reference(const ReferenceArgs& args) {
  const ReferenceTensor& x = *args.inputs[0];
  const std::int64_t n = x.desc.shape.row_size();
  for (std::int64_t row = 0; row < x.desc.shape.row_count(); ++row) {
    const RowStatistics statistics = layer_norm_reference_row(
        x.values.data() + row * n, args.inputs[1]->values.data(), args.inputs[2]->values.data(), n,
        args.attributes.number("eps"), args.outputs[0].values.data() + row * n);
    args.outputs[1].values[static_cast<std::size_t>(row)] = statistics.mean;
    args.outputs[2].values[static_cast<std::size_t>(row)] = statistics.rstd;
  }
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t n = call.inputs[0].shape.row_size(), rows = call.inputs[0].shape.row_count();
  const auto eps = static_cast<float>(call.attributes.number("eps"));
  return [=](const CpuArgs& args) {
    parallel_for(rows, 1 + 16384 / n, [&](std::int64_t first, std::int64_t last) {
      layer_norm_rows(args.in<float>(0), args.in<float>(1), args.in<float>(2), first, last, n, eps, args.out<float>(0),
                      args.out<float>(1), args.out<float>(2));
    });
  };
}

Dispatch operands(const OpCall& call) {
  Dispatch dispatch;
  dispatch.buffers = {Operand::in(0),  Operand::in(1),  Operand::in(2),
                      Operand::out(0), Operand::out(1), Operand::out(2)};
  dispatch.words = layer_norm_words(call);
  return dispatch;
}

PlannedKernel plan_subgroup(const OpCall& call, const DeviceCaps& caps) {
  return layer_norm_subgroup(operands(call), "plain", call.inputs[0].shape, caps);
}
PlannedKernel plan_workgroup(const OpCall& call, const DeviceCaps& caps) {
  return layer_norm_workgroup(operands(call), "plain", call.inputs[0].shape, caps);
}
PlannedKernel plan_basic(const OpCall& call, const DeviceCaps& caps) {
  return layer_norm_basic(operands(call), "plain", call.inputs[0].shape, caps);
}

std::vector<Value> grad(const GradArgs& args) {
  if (!args.output_grads[0]) return {Value(), Value(), Value()};
  const LayerNormGrads grads =
      layer_norm_grad(args.inputs[0], args.inputs[1], args.outputs[1], args.outputs[2], args.output_grads[0]);
  return {grads.dx, grads.dgamma, grads.dbeta};
}

constexpr KernelChoice kKernels[] = {{"subgroup", plan_subgroup}, {"workgroup", plan_workgroup}, {"basic", plan_basic}};
constexpr Alias kAliases[] = {{0, 0, AliasKind::Reuse}};

}  // namespace

RowStatistics layer_norm_reference_row(const double* x, const double* gamma, const double* beta, std::int64_t n,
                                       double eps, double* y) {
  double mean = 0, squares = 0;
  for (std::int64_t c = 0; c < n; ++c) mean += x[c] / static_cast<double>(n);
  for (std::int64_t c = 0; c < n; ++c) squares += (x[c] - mean) * (x[c] - mean);
  const double rstd = 1 / std::sqrt(squares / static_cast<double>(n) + eps);
  for (std::int64_t c = 0; c < n; ++c) y[c] = gamma[c] * (x[c] - mean) * rstd + beta[c];
  return {mean, rstd};
}

const OpDef layer_norm_op{
    .name = "layer_norm",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .grad = grad,
    .aliases = kAliases,
    .flops = flops_per_element<8>,
};
const OpRegistration layer_norm_registered(layer_norm_op);

Value layer_norm(Value x, Value gamma, Value beta, float eps) {
  return add_op(layer_norm_op, {x, gamma, beta}, {{"eps", double{eps}}});
}

}  // namespace scoria
