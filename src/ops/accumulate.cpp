#include "base/parallel.h"
#include "base/target_clones.h"
#include "ops/expect.h"
#include "ops/flat_dispatch.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

constexpr std::uint32_t kPerInvocation = 4;

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "sum", DType::f32);
  expect_desc(call, 1, "x", call.inputs[0], "as sum is");
  expect_desc(call, 2, "keep", {DType::u32, {1}});
  return {call.inputs[0]};
}

void reference(const ReferenceArgs& args) {
  const bool keep = args.inputs[2]->values[0] != 0;
  for (std::size_t i = 0; i < args.outputs[0].values.size(); ++i) {
    double& sum = args.outputs[0].values[i];
    sum = (keep ? sum : 0.0) + args.inputs[1]->values[i];
  }
}

SCORIA_TARGET_CLONES(void, add_range, (float* sum, const float* x, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) sum[i] += x[i];
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t n = call.inputs[0].shape.element_count();
  return [n](const CpuArgs& args) {
    float* sum = args.out<float>(0);
    const float* x = args.in<float>(1);
    const bool keep = args.in<std::uint32_t>(2)[0] != 0;
    parallel_for(n, 1 << 14, [=](std::int64_t begin, std::int64_t end) {
      if (keep) {
        add_range(sum + begin, x + begin, end - begin);
      } else {
        std::copy(x + begin, x + end, sum + begin);
      }
    });
  };
}

PlannedKernel plan(const OpCall& call, const DeviceCaps& caps) {
  Dispatch dispatch = flat_dispatch("accumulate", static_cast<std::uint64_t>(call.inputs[0].shape.element_count()),
                                    kPerInvocation, caps);
  dispatch.buffers = {Operand::update(0), Operand::in(1), Operand::in(2)};
  return KernelPlan{{dispatch}, {}};
}

constexpr KernelChoice kKernels[] = {{"basic", plan}};
constexpr Alias kAliases[] = {{0, 0, AliasKind::Update}};

}  // namespace

const OpDef accumulate_op{
    .name = "accumulate",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .no_grad = "it updates a state in place; differentiate before accumulating",
    .aliases = kAliases,
    .flops = flops_per_element<1>,
};
const OpRegistration accumulate_registered(accumulate_op);

Value accumulate(Value sum, Value x, Value keep) { return add_op(accumulate_op, {sum, x, keep}); }

}  // namespace scoria
