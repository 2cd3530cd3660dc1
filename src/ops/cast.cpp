#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/half.h"
#include "base/parallel.h"
#include "base/target_clones.h"
#include "ops/expect.h"
#include "ops/flat_dispatch.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

DType target_of(const Attributes& attributes) { return static_cast<DType>(attributes.integer("dtype")); }

std::vector<TensorDesc> infer(const OpCall& call) {
  const DType from = call.inputs[0].dtype, to = target_of(call.attributes);
  if (from != DType::f32 && to != DType::f32) {
    misuse(call, fmt::format("one side must be f32; got {} to {}; cast to f32 first", name(from), name(to)));
  }
  return {{to, call.inputs[0].shape}};
}

// Toward zero; what does not fit becomes the nearest that does, and NaN 0.
template <typename Int, typename Float>
Int saturated(Float x) {
  using Limits = std::numeric_limits<Int>;
  constexpr auto kAbove = static_cast<Float>(Limits::max() / 2 + 1) * 2;  // exact: a power of two
  if (!(x == x)) return 0;
  if (x >= kAbove) return Limits::max();
  return x <= static_cast<Float>(Limits::min()) ? Limits::min() : static_cast<Int>(x);
}

double converted(double x, DType to) {
  switch (to) {
    case DType::f16:
      return float_from_f16(f16_from_float(static_cast<float>(x)));
    case DType::bf16:
      return float_from_bf16(bf16_from_float(static_cast<float>(x)));
    case DType::i32:
      return saturated<std::int32_t>(x);
    case DType::u32:
      return saturated<std::uint32_t>(x);
    case DType::f32:
      break;
  }
  return x;
}

void reference(const ReferenceArgs& args) {
  const DType to = target_of(args.attributes);
  for (std::size_t i = 0; i < args.outputs[0].values.size(); ++i) {
    args.outputs[0].values[i] = converted(args.inputs[0]->values[i], to);
  }
}

// Without the pragma gcc 12 puts branches back where float_from_f16 has none, and converts one by one.
SCORIA_TARGET_CLONES(void, from_f16, (const std::uint16_t* x, float* y, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = float_from_f16(x[i]);
}
SCORIA_TARGET_CLONES(void, from_bf16, (const std::uint16_t* x, float* y, std::int64_t n)) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = float_from_bf16(x[i]);
}
SCORIA_TARGET_CLONES(void, to_f16, (const float* x, std::uint16_t* y, std::int64_t n)) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = f16_from_float(x[i]);
}
SCORIA_TARGET_CLONES(void, to_bf16, (const float* x, std::uint16_t* y, std::int64_t n)) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = bf16_from_float(x[i]);
}
void copy(const float* x, float* y, std::int64_t n) { std::copy(x, x + n, y); }
template <typename Int>
void from_integer(const Int* x, float* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<float>(x[i]);
}
template <typename Int>
void to_integer(const float* x, Int* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = saturated<Int>(x[i]);
}

template <typename From, typename To>
CpuKernel over_ranges(std::int64_t n, void (*convert)(const From*, To*, std::int64_t)) {
  return [n, convert](const CpuArgs& args) {
    const From* x = args.in<From>(0);
    To* y = args.out<To>(0);
    parallel_for(n, 1 << 14, [=](std::int64_t begin, std::int64_t end) { convert(x + begin, y + begin, end - begin); });
  };
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t n = call.inputs[0].shape.element_count();
  const DType from = call.inputs[0].dtype, to = target_of(call.attributes);
  if (from == DType::f16) return over_ranges(n, from_f16);
  if (from == DType::bf16) return over_ranges(n, from_bf16);
  if (from == DType::i32) return over_ranges(n, from_integer<std::int32_t>);
  if (from == DType::u32) return over_ranges(n, from_integer<std::uint32_t>);
  if (to == DType::f16) return over_ranges(n, to_f16);
  if (to == DType::bf16) return over_ranges(n, to_bf16);
  if (to == DType::i32) return over_ranges(n, to_integer<std::int32_t>);
  if (to == DType::u32) return over_ranges(n, to_integer<std::uint32_t>);
  return over_ranges(n, copy);
}

PlannedKernel plan(const OpCall& call, const DeviceCaps& caps) {
  // Two elements to an invocation: one word of a 16-bit tensor, so that no 16-bit storage is needed.
  Dispatch dispatch = flat_dispatch("cast", static_cast<std::uint64_t>(call.inputs[0].shape.element_count()), 2, caps);
  dispatch.constants.push_back(static_cast<std::uint32_t>(call.inputs[0].dtype));
  dispatch.constants.push_back(static_cast<std::uint32_t>(target_of(call.attributes)));
  dispatch.buffers = {Operand::in(0), Operand::out(0)};
  return KernelPlan{{dispatch}, {}};
}

std::vector<Value> grad(const GradArgs& args) {
  const DType from = args.inputs[0].dtype();
  if (!is_float(from) || !is_float(target_of(args.attributes))) return {Value()};
  return {cast(args.output_grads[0], from)};
}

constexpr KernelChoice kKernels[] = {{"basic", plan}};

}  // namespace

const OpDef cast_op{
    .name = "cast",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .grad = grad,
};
const OpRegistration cast_registered(cast_op);

Value cast(Value x, DType dtype) { return add_op(cast_op, {x}, {{"dtype", static_cast<std::int64_t>(dtype)}}); }

}  // namespace scoria
