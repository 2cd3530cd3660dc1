#include <algorithm>
#include <cmath>

#include "base/target_clones.h"
#include "base/vector_math.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

void reference(const ReferenceArgs& args) {
  const std::vector<double>&x = args.inputs[0]->values, &y = args.inputs[1]->values;
  for (std::size_t i = 0; i < x.size(); ++i) {
    // Each part on its own: they are of one sign, and nothing cancels where y is 0 or 1.
    const double rest = std::log1p(std::exp(-std::abs(x[i])));
    const double yes = rest + std::max(-x[i], 0.0), no = rest + std::max(x[i], 0.0);
    args.outputs[0].values[i] = y[i] * yes + (1 - y[i]) * no;
  }
}

void grad_reference(const ReferenceArgs& args) {
  const std::vector<double>&x = args.inputs[0]->values, &y = args.inputs[1]->values, &dloss = args.inputs[2]->values;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double yes = 1 / (1 + std::exp(-x[i])), no = 1 / (1 + std::exp(x[i]));
    args.outputs[0].values[i] = ((1 - y[i]) * yes - y[i] * no) * dloss[i];
  }
}

// log(1 + e), e in 0 .. 1, as 2 atanh(s), s = e / (2 + e): s^2 is at most 1/9, and the terms left out below 2^-25.
SCORIA_INLINE float log1p_of(float e) {
  const float s = e / (2.0f + e), z = s * s;
  float p = 1.0f / 17;
  p = p * z + 1.0f / 15;
  p = p * z + 1.0f / 13;
  p = p * z + 1.0f / 11;
  p = p * z + 1.0f / 9;
  p = p * z + 1.0f / 7;
  p = p * z + 1.0f / 5;
  p = p * z + 1.0f / 3;
  return 2.0f * (s + s * z * p);
}

SCORIA_TARGET_CLONES(void, loss_array, (const float* x, const float* y, float* loss, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float a = x[i] < 0 ? -x[i] : x[i];
    const float rest = log1p_of(exp_fast(-a));
    const float against = x[i] < 0 ? y[i] : 1.0f - y[i];
    loss[i] = rest + against * a;
  }
}

SCORIA_TARGET_CLONES(void, grad_array,
                     (const float* x, const float* y, const float* dloss, float* dx, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float a = x[i] < 0 ? -x[i] : x[i];
    const float e = exp_fast(-a);
    const float small = e / (1.0f + e);
    const float difference = x[i] < 0 ? small - y[i] : (1.0f - y[i]) - small;
    dx[i] = difference * dloss[i];
  }
}

CpuKernel cpu(const OpCall& call) { return map_cpu(call, loss_array); }
CpuKernel grad_cpu(const OpCall& call) { return map_cpu(call, grad_array); }

ElementwiseKernel describe(const OpCall& call) {
  return {.shader = "sigmoid_cross_entropy",
          .buffers = {Operand::in(0), Operand::in(1), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.inputs[0].shape.element_count())};
}

ElementwiseKernel describe_grad(const OpCall& call) {
  return {.shader = "sigmoid_cross_entropy_grad",
          .buffers = {Operand::in(0), Operand::in(1), Operand::in(2), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.inputs[0].shape.element_count())};
}

std::vector<Value> grad(const GradArgs& args) {
  return {sigmoid_cross_entropy_grad(args.inputs[0], args.inputs[1], args.output_grads[0]), Value()};
}

constexpr Alias kGradAliases[] = {{0, 0, AliasKind::Reuse}, {0, 1, AliasKind::Reuse}, {0, 2, AliasKind::Reuse}};

}  // namespace

const OpDef sigmoid_cross_entropy_op{
    .name = "sigmoid_cross_entropy",
    .infer = infer_alike,
    .reference = reference,
    .cpu = cpu,
    .kernels = kElementwiseKernels<describe>,
    .grad = grad,
    .aliases = kBinaryAliases,
    .flops = flops_per_element<40>,
};
const OpRegistration sigmoid_cross_entropy_registered(sigmoid_cross_entropy_op);

const OpDef sigmoid_cross_entropy_grad_op{
    .name = "sigmoid_cross_entropy_grad",
    .infer = infer_alike,
    .reference = grad_reference,
    .cpu = grad_cpu,
    .kernels = kElementwiseKernels<describe_grad>,
    .no_grad = "second derivatives are not provided",
    .aliases = kGradAliases,
    .flops = flops_per_element<20>,
};
const OpRegistration sigmoid_cross_entropy_grad_registered(sigmoid_cross_entropy_grad_op);

Value sigmoid_cross_entropy(Value logits, Value targets) { return add_op(sigmoid_cross_entropy_op, {logits, targets}); }

Value sigmoid_cross_entropy_grad(Value logits, Value targets, Value dloss) {
  return add_op(sigmoid_cross_entropy_grad_op, {logits, targets, dloss});
}

}  // namespace scoria
