#include <fmt/format.h>

#include "ops/expect.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "counter", DType::u32);
  const std::int64_t element = call.attributes.integer("element"), count = call.inputs[0].shape.element_count();
  if (element < 0 || element >= count) {
    misuse(call, fmt::format("element must be in 0..{}, as counter is {}; got {}", count - 1,
                             call.inputs[0].shape.to_string(), element));
  }
  return {call.inputs[0]};
}

void reference(const ReferenceArgs& args) {
  double& counter = args.outputs[0].values[static_cast<std::size_t>(args.attributes.integer("element"))];
  counter = counter == 4294967295.0 ? 0.0 : counter + 1.0;
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t element = call.attributes.integer("element");
  return [element](const CpuArgs& args) { ++args.out<std::uint32_t>(0)[element]; };
}

PlannedKernel plan(const OpCall& call, const DeviceCaps&) {
  Dispatch dispatch;
  dispatch.shader = "increment";
  dispatch.constants = {1};
  dispatch.buffers = {Operand::update(0)};
  dispatch.words = {static_cast<std::uint32_t>(call.attributes.integer("element"))};
  return KernelPlan{{dispatch}, {}};
}

constexpr KernelChoice kKernels[] = {{"basic", plan}};
constexpr Alias kAliases[] = {{0, 0, AliasKind::Update}};

}  // namespace

const OpDef increment_op{
    .name = "increment",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .no_grad = "it counts steps; a count has no derivative",
    .aliases = kAliases,
};
const OpRegistration increment_registered(increment_op);

Value increment(Value counter, std::int64_t element) { return add_op(increment_op, {counter}, {{"element", element}}); }

}  // namespace scoria
