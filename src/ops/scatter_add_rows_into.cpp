#include <fmt/format.h>

#include "ops/expect.h"
#include "ops/scatter_rows.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

ScatterSizes sizes_of(const OpCall& call) {
  return {call.inputs[1].shape[0], call.inputs[2].shape[1], call.inputs[0].shape[0]};
}

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "base", DType::f32);
  expect_dtype(call, 1, "rows", DType::i32);
  expect_dtype(call, 2, "x", DType::f32);
  const Shape &base = call.inputs[0].shape, &rows = call.inputs[1].shape;
  if (base.rank() != 2) misuse(call, fmt::format("base must have two axes; got {}", base.to_string()));
  if (rows.rank() != 1) misuse(call, fmt::format("rows must have one axis; got {}", rows.to_string()));
  expect_desc(call, 2, "x", {DType::f32, {rows[0], base[1]}}, "a row as wide as base's for each of rows");
  return {call.inputs[0]};
}

void reference(const ReferenceArgs& args) {
  const auto n = static_cast<std::size_t>(args.inputs[2]->desc.shape[1]);
  const auto count = static_cast<double>(args.inputs[0]->desc.shape[0]);
  for (std::size_t i = 0; i < args.inputs[1]->values.size(); ++i) {
    const double row = args.inputs[1]->values[i];
    if (row < 0 || row >= count) continue;
    for (std::size_t c = 0; c < n; ++c) {
      args.outputs[0].values[static_cast<std::size_t>(row) * n + c] += args.inputs[2]->values[i * n + c];
    }
  }
}

CpuKernel cpu(const OpCall& call) {
  const ScatterFn scatter = make_scatter(sizes_of(call), true);
  return [scatter](const CpuArgs& args) { scatter(args.in<std::int32_t>(1), args.in<float>(2), args.out<float>(0)); };
}

PlannedKernel plan(const OpCall& call, const DeviceCaps& caps) {
  KernelPlan plan;
  append_scatter_chains(plan, sizes_of(call), Operand::in(1), Operand::in(2), Operand::update(0), true, caps);
  return plan;
}

std::vector<Value> expand(std::span<const Value> inputs, const Attributes&) {
  return {add(inputs[0], scatter_add_rows(inputs[1], inputs[2], inputs[0].shape()[0]))};
}

double flops(const OpCall& call) { return static_cast<double>(call.inputs[2].shape.element_count()); }

constexpr KernelChoice kKernels[] = {{"chains", plan}};
constexpr Alias kAliases[] = {{0, 0, AliasKind::Update}};

}  // namespace

const OpDef scatter_add_rows_into_op{
    .name = "scatter_add_rows_into",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .expand = expand,
    .no_grad = "it updates its argument in place",
    .aliases = kAliases,
    .flops = flops,
};
const OpRegistration scatter_add_rows_into_registered(scatter_add_rows_into_op);

Value scatter_add_rows_into(Value base, Value rows, Value x) {
  return add_op(scatter_add_rows_into_op, {base, rows, x});
}

}  // namespace scoria
