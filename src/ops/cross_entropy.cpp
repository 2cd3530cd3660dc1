#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "ops/cross_entropy_cpu.h"
#include "ops/expect.h"
#include "ops/flat_dispatch.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

void expect_logits(const OpCall& call) {
  expect_dtype(call, 0, "logits", DType::f32);
  const Shape& logits = call.inputs[0].shape;
  if (logits.rank() != 2) misuse(call, fmt::format("logits must be [R, V]; got {}", logits.to_string()));
  expect_desc(call, 1, "labels", {DType::i32, {logits[0]}}, "one for each row of logits");
}

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_logits(call);
  const TensorDesc per_row{DType::f32, {call.inputs[0].shape[0]}};
  return {per_row, per_row, per_row};
}

std::vector<TensorDesc> infer_grad(const OpCall& call) {
  expect_logits(call);
  const TensorDesc per_row{DType::f32, {call.inputs[0].shape[0]}};
  expect_desc(call, 2, "lse", per_row, "one for each row of logits");
  expect_desc(call, 3, "dloss", per_row, "one for each row of logits");
  return {call.inputs[0]};
}

// Whether a label counts: others ignore their row.
bool is_class(double label, std::size_t classes) { return label >= 0 && label < static_cast<double>(classes); }

void reference(const ReferenceArgs& args) {
  const auto classes = static_cast<std::size_t>(args.inputs[0]->desc.shape[1]);
  for (std::size_t row = 0; row < args.outputs[0].values.size(); ++row) {
    const double label = args.inputs[1]->values[row];
    if (!is_class(label, classes)) continue;
    const double* x = args.inputs[0]->values.data() + row * classes;
    const double largest = *std::max_element(x, x + classes);
    double sum = 0;
    for (std::size_t i = 0; i < classes; ++i) sum += std::exp(x[i] - largest);
    const double lse = largest + std::log(sum);
    const auto at = static_cast<std::size_t>(label);
    args.outputs[0].values[row] = lse - x[at];
    args.outputs[1].values[row] = static_cast<std::size_t>(std::max_element(x, x + classes) - x) == at ? 1 : 0;
    args.outputs[2].values[row] = lse;
  }
}

void reference_grad(const ReferenceArgs& args) {
  const auto classes = static_cast<std::size_t>(args.inputs[0]->desc.shape[1]);
  const std::size_t rows = args.inputs[1]->values.size();
  for (std::size_t row = 0; row < rows; ++row) {
    const double label = args.inputs[1]->values[row];
    if (!is_class(label, classes)) continue;
    const double lse = args.inputs[2]->values[row], dloss = args.inputs[3]->values[row];
    for (std::size_t i = 0; i < classes; ++i) {
      const double probability = std::exp(args.inputs[0]->values[row * classes + i] - lse);
      const double target = static_cast<double>(i) == label ? 1 : 0;
      args.outputs[0].values[row * classes + i] = (probability - target) * dloss;
    }
  }
}

Dispatch forward_dispatch(const OpCall& call, std::string shader, std::uint32_t workgroup, const DeviceCaps& caps) {
  const Shape& logits = call.inputs[0].shape;
  Dispatch dispatch;
  dispatch.shader = std::move(shader);
  dispatch.constants = {workgroup};
  dispatch.buffers = {Operand::in(0), Operand::in(1), Operand::out(0), Operand::out(1), Operand::out(2)};
  dispatch.words = {static_cast<std::uint32_t>(logits[0]), static_cast<std::uint32_t>(logits[1])};
  dispatch.grid = folded_grid(static_cast<std::uint64_t>(logits[0]), 1, caps);
  return dispatch;
}

PlannedKernel plan_subgroup(const OpCall& call, const DeviceCaps& caps) {
  if (!caps.is_llvmpipe) return Refusal{"made for software devices, where shared memory is slow"};
  if (!caps.subgroup_arithmetic) return Refusal{"needs subgroup arithmetic"};
  Dispatch dispatch = forward_dispatch(call, "cross_entropy_subgroup", caps.subgroup_size, caps);
  dispatch.subgroup_size = caps.subgroup_size_control ? caps.subgroup_size : 0;
  return KernelPlan{{dispatch}, {}};
}

PlannedKernel plan_row(const OpCall& call, const DeviceCaps& caps) {
  const auto classes = static_cast<std::uint32_t>(call.inputs[0].shape[1]);
  const std::uint32_t workgroup = std::min(std::bit_floor(flat_workgroup(caps)), std::max(32u, std::bit_ceil(classes)));
  return KernelPlan{{forward_dispatch(call, "cross_entropy", workgroup, caps)}, {}};
}

PlannedKernel plan_grad(const OpCall& call, const DeviceCaps& caps) {
  const Shape& logits = call.inputs[0].shape;
  const std::uint32_t per_invocation = 8, workgroup = flat_workgroup(caps);
  const auto classes = static_cast<std::uint32_t>(logits[1]);
  const std::uint32_t groups_a_row = (classes + workgroup * per_invocation - 1) / (workgroup * per_invocation);
  Dispatch dispatch;
  dispatch.shader = "cross_entropy_grad";
  dispatch.constants = {workgroup};
  dispatch.buffers = {Operand::in(0), Operand::in(1), Operand::in(2), Operand::in(3), Operand::out(0)};
  dispatch.words = {static_cast<std::uint32_t>(logits[0]), classes, groups_a_row};
  dispatch.grid = folded_grid(static_cast<std::uint64_t>(logits[0]) * groups_a_row, 1, caps);
  return KernelPlan{{dispatch}, {}};
}

std::vector<Value> grad(const GradArgs& args) {
  if (!args.output_grads[0]) return {Value(), Value()};  // `correct` and the kept lse pass nothing back
  return {cross_entropy_grad(args.inputs[0], args.inputs[1], args.outputs[2], args.output_grads[0]), Value()};
}

constexpr KernelChoice kKernels[] = {{"subgroup", plan_subgroup}, {"row", plan_row}};
constexpr KernelChoice kGradKernels[] = {{"basic", plan_grad}};
constexpr Alias kGradAliases[] = {{0, 0, AliasKind::Reuse}};

}  // namespace

const OpDef cross_entropy_op{
    .name = "cross_entropy",
    .infer = infer,
    .reference = reference,
    .cpu = cross_entropy_cpu,
    .kernels = kKernels,
    .grad = grad,
    .flops = flops_per_element<3>,  // a subtraction, an exponential counted as one, an addition
};
const OpRegistration cross_entropy_registered(cross_entropy_op);

const OpDef cross_entropy_grad_op{
    .name = "cross_entropy_grad",
    .infer = infer_grad,
    .reference = reference_grad,
    .cpu = cross_entropy_grad_cpu,
    .kernels = kGradKernels,
    .no_grad = "second derivatives are not provided",
    .aliases = kGradAliases,
    .flops = flops_per_element<3>,
};
const OpRegistration cross_entropy_grad_registered(cross_entropy_grad_op);

CrossEntropy cross_entropy(Value logits, Value labels) {
  const Value arguments[] = {logits, labels};
  const std::vector<Value> outputs = add_node(cross_entropy_op, arguments);
  return {outputs[0], outputs[1]};
}

Value cross_entropy_grad(Value logits, Value labels, Value lse, Value dloss) {
  return add_op(cross_entropy_grad_op, {logits, labels, lse, dloss});
}

}  // namespace scoria
