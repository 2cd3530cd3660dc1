#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ops/expect.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

// What PyTorch's clip_grad_norm_ adds to the norm.
constexpr double kEpsilon = 1e-6;

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_desc(call, 0, "norm", {DType::f32, {1}});
  const double max_norm = call.attributes.number("max_norm");
  if (!(max_norm > 0)) misuse(call, fmt::format("max_norm must be positive (infinity never clips); got {}", max_norm));
  return {call.inputs[0]};
}

template <typename T>
T clip(T norm, T max_norm) {
  return std::isfinite(norm) ? std::min(T{1}, max_norm / (norm + static_cast<T>(kEpsilon))) : T{0};
}

void reference(const ReferenceArgs& args) {
  args.outputs[0].values[0] = clip(args.inputs[0]->values[0], args.attributes.number("max_norm"));
}

CpuKernel cpu(const OpCall& call) {
  const auto max_norm = static_cast<float>(call.attributes.number("max_norm"));
  return [max_norm](const CpuArgs& args) { args.out<float>(0)[0] = clip(args.in<float>(0)[0], max_norm); };
}

PlannedKernel plan(const OpCall& call, const DeviceCaps&) {
  Dispatch dispatch;
  dispatch.shader = "clip_scale";
  dispatch.constants = {1};
  dispatch.buffers = {Operand::in(0), Operand::out(0)};
  dispatch.words = {word(static_cast<float>(call.attributes.number("max_norm"))), word(static_cast<float>(kEpsilon))};
  return KernelPlan{{dispatch}, {}};
}

constexpr KernelChoice kKernels[] = {{"basic", plan}};

}  // namespace

const OpDef clip_scale_op{
    .name = "clip_scale",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .no_grad = "it scales gradients in the optimizer, after differentiation",
};
const OpRegistration clip_scale_registered(clip_scale_op);

Value clip_scale(Value norm, float max_norm) { return add_op(clip_scale_op, {norm}, {{"max_norm", double{max_norm}}}); }

}  // namespace scoria
