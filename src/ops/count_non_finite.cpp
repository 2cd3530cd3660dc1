#include <cmath>

#include "ops/expect.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_desc(call, 0, "counter", {DType::u32, {2}});
  expect_desc(call, 1, "x", {DType::f32, {1}});
  return {call.inputs[0]};
}

void reference(const ReferenceArgs& args) {
  std::vector<double>& counter = args.outputs[0].values;
  const bool finite = std::isfinite(args.inputs[1]->values[0]);
  counter[0] += finite ? 0 : 1;
  counter[1] = finite ? 0 : counter[1] + 1;
}

CpuKernel cpu(const OpCall&) {
  return [](const CpuArgs& args) {
    std::uint32_t* counter = args.out<std::uint32_t>(0);
    const bool finite = std::isfinite(args.in<float>(1)[0]);
    counter[0] += finite ? 0 : 1;
    counter[1] = finite ? 0 : counter[1] + 1;
  };
}

PlannedKernel plan(const OpCall&, const DeviceCaps&) {
  Dispatch dispatch;
  dispatch.shader = "count_non_finite";
  dispatch.constants = {1};
  dispatch.buffers = {Operand::update(0), Operand::in(1)};
  return KernelPlan{{dispatch}, {}};
}

constexpr KernelChoice kKernels[] = {{"basic", plan}};
constexpr Alias kAliases[] = {{0, 0, AliasKind::Update}};

}  // namespace

const OpDef count_non_finite_op{
    .name = "count_non_finite",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .no_grad = "a count has no derivative",
    .aliases = kAliases,
};
const OpRegistration count_non_finite_registered(count_non_finite_op);

Value count_non_finite(Value counter, Value x) { return add_op(count_non_finite_op, {counter, x}); }

}  // namespace scoria
