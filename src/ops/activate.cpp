#include <cmath>
#include <numbers>

#include "base/check.h"
#include "base/target_clones.h"
#include "base/vector_math.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

using enum Activation;

constexpr double kLaplaceMean = 0.707107, kLaplaceDeviation = 0.282095;

Activation kind_of(const Attributes& attributes) { return static_cast<Activation>(attributes.integer("kind")); }

// y and dy/dx at x.
template <typename T>
struct Point {
  T value, slope;
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

Point<double> gated(double x, double rate) {
  const double share = sigmoid(rate * x);
  return {x * share, share + x * rate * share * (1 - share)};
}

Point<double> reference_at(double x, Activation kind) {
  const double density = 1 / std::sqrt(2 * std::numbers::pi);
  const auto cdf = [](double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); };
  switch (kind) {
    case Gelu10:
      if (x * cdf(x) > 10) return {10, 0};
      return {x * cdf(x), cdf(x) + x * density * std::exp(-0.5 * x * x)};
    case QuickGelu:
      return gated(x, 1.702);
    case Relu:
      return x > 0 ? Point<double>{x, 1} : Point<double>{0, 0};
    case Relu2:
      return x > 0 ? Point<double>{x * x, 2 * x} : Point<double>{0, 0};
    case Relu6:
      return {std::fmin(std::fmax(x, 0), 6), x > 0 && x < 6 ? 1.0 : 0.0};
    case LeakyRelu:
      return x > 0 ? Point<double>{x, 1} : Point<double>{0.01 * x, 0.01};
    case Silu:
      return gated(x, 1);
    case HardSwish:
      if (x <= -3 || x >= 3) return x < 0 ? Point<double>{0, 0} : Point<double>{x, 1};
      return {x * (x + 3) / 6, x / 3 + 0.5};
    case Mish: {
      const double t = std::tanh(std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))));
      return {x * t, t + x * (1 - t * t) * sigmoid(x)};
    }
    case Sigmoid:
      return {sigmoid(x), sigmoid(x) * (1 - sigmoid(x))};
    case Laplace: {
      const double z = (x - kLaplaceMean) / kLaplaceDeviation;
      return {cdf(z), density * std::exp(-0.5 * z * z) / kLaplaceDeviation};
    }
    default:
      SCORIA_CHECK(false, "an op of its own");
  }
  return {};
}

void reference(const ReferenceArgs& args) {
  const std::vector<double>& x = args.inputs[0]->values;
  for (std::size_t i = 0; i < x.size(); ++i)
    args.outputs[0].values[i] = reference_at(x[i], kind_of(args.attributes)).value;
}

void grad_reference(const ReferenceArgs& args) {
  const std::vector<double>&x = args.inputs[0]->values, &dy = args.inputs[1]->values;
  for (std::size_t i = 0; i < x.size(); ++i)
    args.outputs[0].values[i] = dy[i] * reference_at(x[i], kind_of(args.attributes)).slope;
}

// s(x) and 1 - s(x) from e^-|x|: neither cancels or overflows.
SCORIA_INLINE Point<float> sigmoid_at(float x) {
  const float e = exp_fast(x < 0 ? x : -x);
  const float q = 1.0f / (1.0f + e);
  return {x < 0 ? e * q : q, e * q * q};
}

SCORIA_INLINE Point<float> gated_at(float x, float rate) {
  // Beyond 100 the share is 0 or 1 and its slope 0; x times them must not become infinity times 0.
  const float c = x < -100.0f ? -100.0f : (x > 100.0f ? 100.0f : x);
  const Point<float> share = sigmoid_at(rate * c);
  return {x * share.value, share.value + c * rate * share.slope};
}

SCORIA_INLINE Point<float> gelu10_at(float x) {
  const NormalAt normal = normal_at(x);
  // gelu(10) is 10 to the last bit.
  return {x > 10.0f ? 10.0f : x * normal.cdf, x > 10.0f ? 0.0f : normal.cdf + x * normal.pdf};
}

// Asked so that a NaN stays one.
SCORIA_INLINE Point<float> relu_at(float x) { return {x < 0 ? 0.0f : x, x > 0 ? 1.0f : 0.0f}; }

SCORIA_INLINE Point<float> relu2_at(float x) {
  const float r = x < 0 ? 0.0f : x;
  return {r * r, 2.0f * r};
}

SCORIA_INLINE Point<float> relu6_at(float x) {
  const float r = x < 0 ? 0.0f : x;
  return {r > 6.0f ? 6.0f : r, x > 0 && x < 6.0f ? 1.0f : 0.0f};
}

SCORIA_INLINE Point<float> leaky_relu_at(float x) { return {x > 0 ? x : 0.01f * x, x > 0 ? 1.0f : 0.01f}; }

SCORIA_INLINE Point<float> hard_swish_at(float x) {
  const float inner = x * (x + 3.0f) * (1.0f / 6.0f), slope = x * (1.0f / 3.0f) + 0.5f;
  return {x <= -3.0f ? 0.0f : (x >= 3.0f ? x : inner), x <= -3.0f ? 0.0f : (x >= 3.0f ? 1.0f : slope)};
}

// tanh(log(1 + E)) = (E^2 + 2E) / (E^2 + 2E + 2), E = e^x; for x > 0 both divided by E^2.
SCORIA_INLINE Point<float> mish_at(float x) {
  const float e = exp_fast(x < 0 ? x : -x);
  const float near = x < 0 ? e * (e + 2.0f) : 1.0f + 2.0f * e;
  const float rest = x < 0 ? 2.0f : 2.0f * e * e;
  const float q = 1.0f / (near + rest);
  const float t = near * q, from_one = rest * q;  // 1 - t
  const float c = x < -100.0f ? -100.0f : (x > 100.0f ? 100.0f : x);
  return {x * t, t + c * from_one * (1.0f + t) * sigmoid_at(x).value};
}

SCORIA_INLINE Point<float> laplace_at(float x) {
  constexpr auto mean = static_cast<float>(kLaplaceMean), scale = static_cast<float>(1 / kLaplaceDeviation);
  const NormalAt normal = normal_at((x - mean) * scale);
  return {normal.cdf, normal.pdf * scale};
}

SCORIA_INLINE Point<float> quick_gelu_at(float x) { return gated_at(x, 1.702f); }
SCORIA_INLINE Point<float> silu_at(float x) { return gated_at(x, 1.0f); }

template <Point<float> (*at)(float)>
SCORIA_INLINE void values(const float* x, float* y, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = at(x[i]).value;
}

template <Point<float> (*at)(float)>
SCORIA_INLINE void slopes(const float* x, const float* dy, float* dx, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) dx[i] = dy[i] * at(x[i]).slope;
}

// One loop for each kind, all of them compiled for each processor.
SCORIA_TARGET_CLONES(void, activate_array, (Activation kind, const float* x, float* y, std::int64_t n)) {
  switch (kind) {
    case Gelu10:
      return values<gelu10_at>(x, y, n);
    case QuickGelu:
      return values<quick_gelu_at>(x, y, n);
    case Relu:
      return values<relu_at>(x, y, n);
    case Relu2:
      return values<relu2_at>(x, y, n);
    case Relu6:
      return values<relu6_at>(x, y, n);
    case LeakyRelu:
      return values<leaky_relu_at>(x, y, n);
    case Silu:
      return values<silu_at>(x, y, n);
    case HardSwish:
      return values<hard_swish_at>(x, y, n);
    case Mish:
      return values<mish_at>(x, y, n);
    case Sigmoid:
      return values<sigmoid_at>(x, y, n);
    default:
      return values<laplace_at>(x, y, n);
  }
}

SCORIA_TARGET_CLONES(void, activate_grad_array,
                     (Activation kind, const float* x, const float* dy, float* dx, std::int64_t n)) {
  switch (kind) {
    case Gelu10:
      return slopes<gelu10_at>(x, dy, dx, n);
    case QuickGelu:
      return slopes<quick_gelu_at>(x, dy, dx, n);
    case Relu:
      return slopes<relu_at>(x, dy, dx, n);
    case Relu2:
      return slopes<relu2_at>(x, dy, dx, n);
    case Relu6:
      return slopes<relu6_at>(x, dy, dx, n);
    case LeakyRelu:
      return slopes<leaky_relu_at>(x, dy, dx, n);
    case Silu:
      return slopes<silu_at>(x, dy, dx, n);
    case HardSwish:
      return slopes<hard_swish_at>(x, dy, dx, n);
    case Mish:
      return slopes<mish_at>(x, dy, dx, n);
    case Sigmoid:
      return slopes<sigmoid_at>(x, dy, dx, n);
    default:
      return slopes<laplace_at>(x, dy, dx, n);
  }
}

CpuKernel cpu(const OpCall& call) {
  const Activation kind = kind_of(call.attributes);
  return map_cpu(call, [=](const float* x, float* y, std::int64_t n) { activate_array(kind, x, y, n); });
}

CpuKernel grad_cpu(const OpCall& call) {
  const Activation kind = kind_of(call.attributes);
  return map_cpu(call, [=](const float* x, const float* dy, float* dx, std::int64_t n) {
    activate_grad_array(kind, x, dy, dx, n);
  });
}

ElementwiseKernel describe(const OpCall& call) {
  return {.shader = "activate",
          .buffers = {Operand::in(0), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.inputs[0].shape.element_count()),
          .constants = {static_cast<std::uint32_t>(kind_of(call.attributes))}};
}

ElementwiseKernel describe_grad(const OpCall& call) {
  return {.shader = "activate_grad",
          .buffers = {Operand::in(0), Operand::in(1), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.inputs[0].shape.element_count()),
          .constants = {static_cast<std::uint32_t>(kind_of(call.attributes))}};
}

std::vector<Value> grad(const GradArgs& args) {
  return {activate_grad(args.inputs[0], args.output_grads[0], kind_of(args.attributes))};
}

}  // namespace

const OpDef activate_op{
    .name = "activate",
    .infer = infer_alike,
    .reference = reference,
    .cpu = cpu,
    .kernels = kElementwiseKernels<describe>,
    .grad = grad,
    .aliases = kUnaryAliases,
    .flops = flops_per_element<20>,
};
const OpRegistration activate_registered(activate_op);

const OpDef activate_grad_op{
    .name = "activate_grad",
    .infer = infer_alike,
    .reference = grad_reference,
    .cpu = grad_cpu,
    .kernels = kElementwiseKernels<describe_grad>,
    .no_grad = "second derivatives are not provided",
    .aliases = kBinaryAliases,
    .flops = flops_per_element<20>,
};
const OpRegistration activate_grad_registered(activate_grad_op);

Value activate(Value x, Activation activation) {
  switch (activation) {
    case Gelu:
      return gelu(x, GeluForm::Erf);
    case GeluTanh:
      return gelu(x, GeluForm::Tanh);
    case Activation::Tanh:
      return tanh(x);
    case Linear:
      return x;
    default:
      return add_op(activate_op, {x}, {{"kind", static_cast<std::int64_t>(activation)}});
  }
}

Value activate_grad(Value x, Value dy, Activation activation) {
  return add_op(activate_grad_op, {x, dy}, {{"kind", static_cast<std::int64_t>(activation)}});
}

}  // namespace scoria
