#include <cmath>
#include <numbers>

#include "base/target_clones.h"
#include "base/vector_math.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

constexpr double kCubic = 0.044715;
const double kSqrt2OverPi = std::sqrt(2 / std::numbers::pi);

bool is_tanh(const Attributes& attributes) { return attributes.flag("tanh"); }

// The share of x that passes, y = x * share, and its derivative.
struct Share {
  double value, slope;
};

Share share_of(double x, bool tanh_form) {
  if (!tanh_form) {
    return {0.5 * std::erfc(-x / std::numbers::sqrt2), std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi)};
  }
  // (1 + tanh u) / 2 = 1 / (1 + e^(-2u)), which does not cancel where u is negative.
  const double value = 1 / (1 + std::exp(-2 * kSqrt2OverPi * (x + kCubic * x * x * x)));
  return {value, value * (1 - value) * 2 * kSqrt2OverPi * (1 + 3 * kCubic * x * x)};
}

void reference(const ReferenceArgs& args) {
  const std::vector<double>& x = args.inputs[0]->values;
  for (std::size_t i = 0; i < x.size(); ++i) {
    args.outputs[0].values[i] = x[i] * share_of(x[i], is_tanh(args.attributes)).value;
  }
}

void grad_reference(const ReferenceArgs& args) {
  const std::vector<double>&x = args.inputs[0]->values, &dy = args.inputs[1]->values;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Share share = share_of(x[i], is_tanh(args.attributes));
    args.outputs[0].values[i] = dy[i] * (share.value + x[i] * share.slope);
  }
}

constexpr float kTanhSlope = 1.5957691216057308f;  // 2 sqrt(2 / pi)

// The share (1 + tanh u) / 2 = 1 / (1 + e^(-2u)) and its derivative, from e^(-2|u|): neither end cancels or overflows.
struct TanhShare {
  float value, slope;
};

SCORIA_INLINE TanhShare tanh_share(float x) {
  // Beyond |x| = 16 both are at their limits, and x^3 might overflow.
  const float c = x < -16.0f ? -16.0f : (x > 16.0f ? 16.0f : x);
  const float a = c < 0 ? -c : c;
  const float e = exp_fast(-kTanhSlope * (a + 0.044715f * a * a * a));
  const float q = 1.0f / (1.0f + e);
  return {x < 0 ? e * q : q, e * q * q * kTanhSlope * (1.0f + 0.134145f * c * c)};
}

SCORIA_TARGET_CLONES(void, gelu_erf, (const float* x, float* y, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] * normal_at(x[i]).cdf;
}

SCORIA_TARGET_CLONES(void, gelu_tanh, (const float* x, float* y, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] * tanh_share(x[i]).value;
}

SCORIA_TARGET_CLONES(void, gelu_erf_grad, (const float* x, const float* dy, float* dx, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const NormalAt normal = normal_at(x[i]);
    dx[i] = dy[i] * (normal.cdf + x[i] * normal.pdf);
  }
}

SCORIA_TARGET_CLONES(void, gelu_tanh_grad, (const float* x, const float* dy, float* dx, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const TanhShare share = tanh_share(x[i]);
    dx[i] = dy[i] * (share.value + x[i] * share.slope);
  }
}

CpuKernel cpu(const OpCall& call) { return map_cpu(call, is_tanh(call.attributes) ? gelu_tanh : gelu_erf); }

CpuKernel grad_cpu(const OpCall& call) {
  return map_cpu(call, is_tanh(call.attributes) ? gelu_tanh_grad : gelu_erf_grad);
}

ElementwiseKernel describe(const OpCall& call) {
  return {.shader = "gelu",
          .buffers = {Operand::in(0), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.inputs[0].shape.element_count()),
          .constants = {is_tanh(call.attributes)}};
}

ElementwiseKernel describe_grad(const OpCall& call) {
  return {.shader = "gelu_grad",
          .buffers = {Operand::in(0), Operand::in(1), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.inputs[0].shape.element_count()),
          .constants = {is_tanh(call.attributes)}};
}

std::vector<Value> grad(const GradArgs& args) {
  const GeluForm form = is_tanh(args.attributes) ? GeluForm::Tanh : GeluForm::Erf;
  return {gelu_grad(args.inputs[0], args.output_grads[0], form)};
}

}  // namespace

const OpDef gelu_op{
    .name = "gelu",
    .infer = infer_alike,
    .reference = reference,
    .cpu = cpu,
    .kernels = kElementwiseKernels<describe>,
    .grad = grad,
    .aliases = kUnaryAliases,
    .flops = flops_per_element<30>,
};
const OpRegistration gelu_registered(gelu_op);

const OpDef gelu_grad_op{
    .name = "gelu_grad",
    .infer = infer_alike,
    .reference = grad_reference,
    .cpu = grad_cpu,
    .kernels = kElementwiseKernels<describe_grad>,
    .no_grad = "second derivatives are not provided",
    .aliases = kBinaryAliases,
    .flops = flops_per_element<30>,
};
const OpRegistration gelu_grad_registered(gelu_grad_op);

Value gelu(Value x, GeluForm form) { return add_op(gelu_op, {x}, {{"tanh", std::int64_t{form == GeluForm::Tanh}}}); }

Value gelu_grad(Value x, Value dy, GeluForm form) {
  return add_op(gelu_grad_op, {x, dy}, {{"tanh", std::int64_t{form == GeluForm::Tanh}}});
}

}  // namespace scoria
