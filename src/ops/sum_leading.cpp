#include <fmt/format.h>

#include <algorithm>

#include "base/parallel.h"
#include "base/target_clones.h"
#include "graph/op_def.h"
#include "ops/column_sums.h"
#include "ops/elementwise.h"
#include "ops/expect.h"
#include "ops/flops.h"
#include "ops/row_sums.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

Shape kept_shape(const Shape& x, std::int64_t axes) {
  return Shape(std::vector<std::int64_t>(x.sizes().end() - axes, x.sizes().end()));
}

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "x", DType::f32);
  const Shape& x = call.inputs[0].shape;
  const std::int64_t axes = call.attributes.integer("axes");
  if (axes < 1 || axes > x.rank()) {
    misuse(call, fmt::format("axes must be in 1..{}, the axes of x {}; got {}", x.rank(), x.to_string(), axes));
  }
  return {{DType::f32, kept_shape(x, axes)}};
}

void reference(const ReferenceArgs& args) {
  std::vector<double>& y = args.outputs[0].values;
  const std::vector<double>& x = args.inputs[0]->values;
  for (std::size_t i = 0; i < x.size(); ++i) y[i % y.size()] += x[i];
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t width = call.outputs[0].shape.element_count();
  const std::int64_t rows = call.inputs[0].shape.element_count() / width;
  const auto sum_rows = make_row_sum(rows, width);
  return [sum_rows](const CpuArgs& args) { sum_rows(args.in<float>(0), args.out<float>(0)); };
}

PlannedKernel plan(const OpCall& call, const DeviceCaps& caps) {
  KernelPlan plan;
  append_column_sums(plan, Operand::in(0), Operand::out(0),
                     static_cast<std::uint64_t>(call.inputs[0].shape.element_count()),
                     static_cast<std::uint64_t>(call.outputs[0].shape.element_count()), caps);
  return plan;
}

std::vector<Value> grad(const GradArgs& args) {
  // dy, repeated over the leading axes.
  const Value x = args.inputs[0];
  return {add(full(x.graph(), x.shape(), 0.0f), args.output_grads[0])};
}

constexpr KernelChoice kKernels[] = {{"basic", plan}};

}  // namespace

const OpDef sum_leading_op{
    .name = "sum_leading",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .grad = grad,
    .flops = flops_per_element<1>,
};
const OpRegistration sum_leading_registered(sum_leading_op);

Value sum_leading(Value x, int axes) { return add_op(sum_leading_op, {x}, {{"axes", std::int64_t{axes}}}); }

}  // namespace scoria
