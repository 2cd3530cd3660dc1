#include "graph/op_def.h"
#include "ops/column_sums.h"
#include "ops/elementwise.h"
#include "ops/expect.h"
#include "ops/flops.h"
#include "ops/row_sums.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "x", DType::f32);
  return {{DType::f32, {1}}};
}

void reference(const ReferenceArgs& args) {
  double total = 0;
  for (const double x : args.inputs[0]->values) total += x;
  args.outputs[0].values[0] = total;
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t n = call.inputs[0].shape.element_count();
  return
      [sum = make_sum(n)](const CpuArgs& args) { args.out<float>(0)[0] = static_cast<float>(sum(args.in<float>(0))); };
}

// Folds x again and again: to columns of 1024, of 32, of one.
PlannedKernel plan(const OpCall& call, const DeviceCaps& caps) {
  KernelPlan plan;
  auto count = static_cast<std::uint64_t>(call.inputs[0].shape.element_count());
  Operand x = Operand::in(0);
  for (const std::uint64_t width : {1024, 32}) {
    if (count <= 2 * width) continue;
    const Operand to = Operand::scratch_write(static_cast<std::uint32_t>(plan.scratch_bytes.size()));
    plan.scratch_bytes.push_back(width * 4);
    append_column_sums(plan, x, to, count, width, caps);
    x = Operand::scratch_read(to.index);
    count = width;
  }
  append_column_sums(plan, x, Operand::out(0), count, 1, caps);
  return plan;
}

std::vector<Value> grad(const GradArgs& args) {
  const Value x = args.inputs[0];
  return {multiply(full(x.graph(), x.shape(), 1.0f), args.output_grads[0])};
}

constexpr KernelChoice kKernels[] = {{"basic", plan}};

}  // namespace

const OpDef sum_op{
    .name = "sum",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .grad = grad,
    .flops = flops_per_element<1>,
};
const OpRegistration sum_registered(sum_op);

Value sum(Value x) { return add_op(sum_op, {x}); }

Value mean(Value x) {
  const Value total = sum(x);
  return scale(total, 1.0f / static_cast<float>(x.shape().element_count()));
}

}  // namespace scoria
