#include <fmt/format.h>

#include "ops/column_sums.h"
#include "ops/expect.h"
#include "ops/flops.h"
#include "ops/layer_norm.h"
#include "ops/row_kernels.h"

namespace scoria {
namespace {

// Rows whose share of dgamma and dbeta a workgroup keeps in its registers.
constexpr std::uint64_t kRowsPerPart = 16;

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "x", DType::f32);
  const Shape& x = call.inputs[0].shape;
  if (x.rank() == 0) misuse(call, "x must have at least one axis; got a scalar");
  const TensorDesc affine{DType::f32, {x[-1]}}, row{DType::f32, {x.row_count()}};
  expect_desc(call, 1, "gamma", affine, fmt::format("the last axis of x {}", x.to_string()));
  expect_desc(call, 2, "mean", row, fmt::format("one for each row of x {}", x.to_string()));
  expect_desc(call, 3, "rstd", row, fmt::format("one for each row of x {}", x.to_string()));
  expect_desc(call, 4, "dy", call.inputs[0], "as x");
  return {call.inputs[0], affine, affine};
}

void reference(const ReferenceArgs& args) {
  const std::vector<double>&x = args.inputs[0]->values, &gamma = args.inputs[1]->values, &dy = args.inputs[4]->values;
  const auto n = static_cast<std::size_t>(args.inputs[0]->desc.shape.row_size());
  for (std::size_t row = 0; row * n < x.size(); ++row) {
    const double mean = args.inputs[2]->values[row], rstd = args.inputs[3]->values[row];
    double plain = 0, weighted = 0;
    for (std::size_t c = 0; c < n; ++c) {
      const std::size_t i = row * n + c;
      const double normal = (x[i] - mean) * rstd;
      plain += dy[i] * gamma[c] / static_cast<double>(n);
      weighted += dy[i] * gamma[c] * normal / static_cast<double>(n);
      args.outputs[1].values[c] += dy[i] * normal;
      args.outputs[2].values[c] += dy[i];
    }
    for (std::size_t c = 0; c < n; ++c) {
      const std::size_t i = row * n + c;
      args.outputs[0].values[i] = rstd * (dy[i] * gamma[c] - plain - (x[i] - mean) * rstd * weighted);
    }
  }
}

std::uint64_t rows_of(const OpCall& call) { return static_cast<std::uint64_t>(call.inputs[0].shape.row_count()); }
std::uint64_t width_of(const OpCall& call) { return static_cast<std::uint64_t>(call.inputs[0].shape.row_size()); }

// Partial sums of dgamma and dbeta, [parts, n] each, in scratch 0 and 1, then their sums.
void append_affine_sums(KernelPlan& plan, std::uint64_t parts, std::uint64_t n, const DeviceCaps& caps) {
  append_column_sums(plan, Operand::scratch_read(0), Operand::out(1), parts * n, n, caps);
  append_column_sums(plan, Operand::scratch_read(1), Operand::out(2), parts * n, n, caps);
}

// dx, dgamma and dbeta from one reading of x and dy, a workgroup a part of the rows.
KernelPlan one_reading(const OpCall& call, const char* shader, std::vector<std::uint32_t> constants,
                       std::uint32_t subgroup_size, const DeviceCaps& caps) {
  const std::uint64_t rows = rows_of(call), n = width_of(call);
  const std::uint64_t parts = (rows + kRowsPerPart - 1) / kRowsPerPart;
  Dispatch dispatch;
  dispatch.shader = shader;
  dispatch.constants = std::move(constants);
  dispatch.subgroup_size = subgroup_size;
  dispatch.buffers = {Operand::in(0),
                      Operand::in(1),
                      Operand::in(2),
                      Operand::in(3),
                      Operand::in(4),
                      Operand::out(0),
                      Operand::scratch_write(0),
                      Operand::scratch_write(1)};
  dispatch.words = {static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(n),
                    static_cast<std::uint32_t>(kRowsPerPart)};
  dispatch.grid = row_grid(parts, caps);
  KernelPlan plan{{dispatch}, {parts * n * 4, parts * n * 4}};
  append_affine_sums(plan, parts, n, caps);
  return plan;
}

// With rows in the registers of one subgroup.
PlannedKernel plan_subgroup(const OpCall& call, const DeviceCaps& caps) {
  const std::uint64_t n = width_of(call);
  // x - mean, g and both sums of a column, and two loads.
  const auto fit = subgroup_rows(n, {.fixed = 24, .an_element = 6}, caps);
  if (const Refusal* refusal = std::get_if<Refusal>(&fit)) return *refusal;
  const SubgroupRows& subgroup = std::get<SubgroupRows>(fit);
  return one_reading(call, "layer_norm_grad",
                     {subgroup.size, subgroup.per, gather_lanes(caps), static_cast<std::uint32_t>(n)},
                     subgroup.required, caps);
}

// With rows in those of a workgroup, whose sums go through shared memory.
PlannedKernel plan_workgroup(const OpCall& call, const DeviceCaps& caps) {
  constexpr std::uint64_t kMostColumns = 8;  // of an invocation, by the device's 128 registers
  const std::uint64_t n = width_of(call);
  const std::uint32_t workgroup = workgroup_for_row(n, caps);
  const std::uint64_t per = (n + workgroup - 1) / workgroup;
  if (per > kMostColumns) {
    return Refusal{fmt::format("a row of {} is {} columns an invocation, over {}", n, per, kMostColumns)};
  }
  if (8 * (workgroup + 16) > caps.shared_memory_bytes) return Refusal{"needs 8 bytes of shared memory an invocation"};
  return one_reading(call, "layer_norm_grad_workgroup", {workgroup, static_cast<std::uint32_t>(per)}, 0, caps);
}

// Columns first, because dx may take the memory of dy.
PlannedKernel plan_basic(const OpCall& call, const DeviceCaps& caps) {
  const std::uint64_t rows = rows_of(call), n = width_of(call);
  const std::uint64_t parts = (rows + kRowsPerPart - 1) / kRowsPerPart;
  const std::vector<std::uint32_t> words = {static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(n),
                                            static_cast<std::uint32_t>(kRowsPerPart)};
  Dispatch columns;
  columns.shader = "layer_norm_grad_columns";
  columns.constants = {64};
  columns.buffers = {
      Operand::in(0),           Operand::in(2), Operand::in(3), Operand::in(4), Operand::scratch_write(0),
      Operand::scratch_write(1)};
  columns.words = words;
  columns.grid = folded_grid(parts * n, 64, caps);
  Dispatch dx;
  dx.shader = "layer_norm_grad_basic";
  dx.constants = {32};
  dx.buffers = {Operand::in(0), Operand::in(1), Operand::in(2), Operand::in(3), Operand::in(4), Operand::out(0)};
  dx.words = words;
  dx.grid = folded_grid(rows, 32, caps);
  KernelPlan plan{{columns, dx}, {parts * n * 4, parts * n * 4}};
  append_affine_sums(plan, parts, n, caps);
  return plan;
}

constexpr KernelChoice kKernels[] = {{"subgroup", plan_subgroup}, {"workgroup", plan_workgroup}, {"basic", plan_basic}};
constexpr Alias kAliases[] = {{0, 4, AliasKind::Reuse}, {0, 0, AliasKind::Reuse}};

}  // namespace

const OpDef layer_norm_grad_op{
    .name = "layer_norm_grad",
    .infer = infer,
    .reference = reference,
    .cpu = layer_norm_grad_cpu,
    .kernels = kKernels,
    .no_grad = "second derivatives are not provided",
    .aliases = kAliases,
    .flops = flops_per_element<16>,
};
const OpRegistration layer_norm_grad_registered(layer_norm_grad_op);

LayerNormGrads layer_norm_grad(Value x, Value gamma, Value mean, Value rstd, Value dy) {
  const Value inputs[] = {x, gamma, mean, rstd, dy};
  const std::vector<Value> grads = add_node(layer_norm_grad_op, inputs);
  return {grads[0], grads[1], grads[2]};
}

}  // namespace scoria
