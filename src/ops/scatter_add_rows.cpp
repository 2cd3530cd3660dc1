#include <fmt/format.h>

#include <algorithm>

#include "ops/column_sums.h"
#include "ops/elementwise.h"
#include "ops/expect.h"
#include "ops/scatter_rows.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

ScatterSizes sizes_of(const OpCall& call) {
  return {call.inputs[0].shape[0], call.inputs[1].shape[1], call.attributes.integer("row_count")};
}

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "rows", DType::i32);
  expect_dtype(call, 1, "x", DType::f32);
  const Shape &rows = call.inputs[0].shape, &x = call.inputs[1].shape;
  if (rows.rank() != 1) misuse(call, fmt::format("rows must have one axis; got {}", rows.to_string()));
  if (x.rank() != 2 || x[0] != rows[0]) {
    misuse(call, fmt::format("x must be [{}, n], a row for each of rows {}; got {}", rows[0], rows.to_string(),
                             x.to_string()));
  }
  const std::int64_t count = call.attributes.integer("row_count");
  if (count < 1) misuse(call, fmt::format("row_count must be at least 1; got {}", count));
  return {{DType::f32, {count, x[1]}}};
}

void reference(const ReferenceArgs& args) {
  const auto n = static_cast<std::size_t>(args.inputs[1]->desc.shape[1]);
  const double count = static_cast<double>(args.attributes.integer("row_count"));
  for (std::size_t i = 0; i < args.inputs[0]->values.size(); ++i) {
    const double row = args.inputs[0]->values[i];
    if (row < 0 || row >= count) continue;
    for (std::size_t c = 0; c < n; ++c) {
      args.outputs[0].values[static_cast<std::size_t>(row) * n + c] += args.inputs[1]->values[i * n + c];
    }
  }
}

CpuKernel cpu(const OpCall& call) {
  const ScatterFn scatter = make_scatter(sizes_of(call), false);
  return [scatter](const CpuArgs& args) { scatter(args.in<std::int32_t>(0), args.in<float>(1), args.out<float>(0)); };
}

// For few rows, such as token types, whose chains would be thousands long: partial sums, then their sum.
PlannedKernel plan_parts(const OpCall& call, const DeviceCaps& caps) {
  constexpr std::int64_t kFewRows = 16;
  constexpr std::uint32_t kRowsPerPart = 32, kWorkgroup = 64;
  const ScatterSizes sizes = sizes_of(call);
  if (sizes.row_count > kFewRows) {
    return Refusal{
        fmt::format("{} rows, over the {} whose partial sums are worth their memory", sizes.row_count, kFewRows)};
  }
  const auto out_count = static_cast<std::uint64_t>(sizes.row_count * sizes.width);
  const std::uint64_t parts = (static_cast<std::uint64_t>(sizes.rows) + kRowsPerPart - 1) / kRowsPerPart;
  Dispatch dispatch;
  dispatch.shader = "scatter_add_rows_parts";
  dispatch.constants = {kWorkgroup};
  dispatch.buffers = {Operand::in(0), Operand::in(1), Operand::scratch_write(0)};
  dispatch.words = {static_cast<std::uint32_t>(sizes.rows), static_cast<std::uint32_t>(sizes.width),
                    static_cast<std::uint32_t>(sizes.row_count), kRowsPerPart};
  dispatch.grid = folded_grid(parts * out_count, kWorkgroup, caps);
  KernelPlan plan{{dispatch}, {parts * out_count * 4}};
  append_column_sums(plan, Operand::scratch_read(0), Operand::out(0), parts * out_count, out_count, caps);
  return plan;
}

PlannedKernel plan_chains(const OpCall& call, const DeviceCaps& caps) {
  const ScatterSizes sizes = sizes_of(call);
  const ElementwiseKernel zeros{.shader = "full",
                                .buffers = {Operand::out(0)},
                                .n = static_cast<std::uint64_t>(sizes.row_count * sizes.width),
                                .words = {word(0.0f)}};
  KernelPlan plan = plan_unrolled(zeros, caps);
  append_scatter_chains(plan, sizes, Operand::in(0), Operand::in(1), Operand::out(0), false, caps);
  return plan;
}

double flops(const OpCall& call) { return static_cast<double>(call.inputs[1].shape.element_count()); }

constexpr KernelChoice kKernels[] = {{"parts", plan_parts}, {"chains", plan_chains}};

}  // namespace

const OpDef scatter_add_rows_op{
    .name = "scatter_add_rows",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .no_grad = "it is the gradient of gather_rows, and second derivatives are not provided",
    .flops = flops,
};
const OpRegistration scatter_add_rows_registered(scatter_add_rows_op);

Value scatter_add_rows(Value rows, Value x, std::int64_t row_count) {
  return add_op(scatter_add_rows_op, {rows, x}, {{"row_count", row_count}});
}

}  // namespace scoria
