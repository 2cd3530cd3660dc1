#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "base/target_clones.h"
#include "graph/op_def.h"
#include "ops/expect.h"
#include "ops/flops.h"
#include "ops/row_kernels.h"
#include "ops/softmax.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

// Rows of scores that share a length: A * S of [B, A, S, S].
std::int64_t rows_per_length(const Shape& scores) { return scores.row_count() / scores[0]; }

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "scores", DType::f32);
  const Shape& scores = call.inputs[0].shape;
  if (scores.rank() < 2) misuse(call, fmt::format("scores must be [B, ..., S]; got {}", scores.to_string()));
  expect_desc(call, 1, "lengths", {DType::i32, {scores[0]}}, "one for each sequence of scores");
  return {call.inputs[0]};
}

// Lengths outside 1..n are taken for the nearest inside: no row may be empty.
std::int64_t clamped(std::int64_t length, std::int64_t n) { return std::clamp<std::int64_t>(length, 1, n); }

void reference(const ReferenceArgs& args) {
  const ReferenceTensor& scores = *args.inputs[0];
  const std::int64_t n = scores.desc.shape.row_size(), share = rows_per_length(scores.desc.shape);
  for (std::int64_t row = 0; row < scores.desc.shape.row_count(); ++row) {
    const auto given = static_cast<std::int64_t>(args.inputs[1]->values[static_cast<std::size_t>(row / share)]);
    const std::int64_t length = clamped(given, n);
    const double* x = scores.values.data() + row * n;
    double* y = args.outputs[0].values.data() + row * n;
    const double largest = *std::max_element(x, x + length);
    double total = 0;
    for (std::int64_t c = 0; c < length; ++c) total += y[c] = std::exp(x[c] - largest);
    for (std::int64_t c = 0; c < length; ++c) y[c] /= total;
  }
}

SCORIA_TARGET_CLONES(void, softmax_row, (const float* x, float* y, std::int64_t length, std::int64_t n)) {
  softmax(x, y, length);
  std::fill(y + length, y + n, 0.0f);
}

CpuKernel cpu(const OpCall& call) {
  const Shape& scores = call.inputs[0].shape;
  const std::int64_t n = scores.row_size(), rows = scores.row_count(), share = rows_per_length(scores);
  return [=](const CpuArgs& args) {
    const float* x = args.in<float>(0);
    const std::int32_t* lengths = args.in<std::int32_t>(1);
    float* y = args.out<float>(0);
    parallel_for(rows, 1 + 16384 / n, [=](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) {
        softmax_row(x + row * n, y + row * n, clamped(lengths[row / share], n), n);
      }
    });
  };
}

Dispatch operands(const OpCall& call) {
  const Shape& scores = call.inputs[0].shape;
  Dispatch dispatch;
  dispatch.buffers = {Operand::in(0), Operand::in(1), Operand::out(0)};
  dispatch.words = {static_cast<std::uint32_t>(scores.row_count()), static_cast<std::uint32_t>(scores.row_size()),
                    static_cast<std::uint32_t>(rows_per_length(scores))};
  return dispatch;
}

PlannedKernel plan_subgroup(const OpCall& call, const DeviceCaps& caps) {
  Dispatch dispatch = operands(call);
  dispatch.shader = "masked_softmax";
  return plan_subgroup_rows(std::move(dispatch), call.inputs[0].shape, {}, caps);
}

PlannedKernel plan_basic(const OpCall& call, const DeviceCaps& caps) {
  Dispatch dispatch = operands(call);
  dispatch.shader = "masked_softmax_basic";
  return plan_invocation_rows(std::move(dispatch), call.inputs[0].shape, caps);
}

std::vector<Value> grad(const GradArgs& args) {
  return {masked_softmax_grad(args.outputs[0], args.output_grads[0]), Value()};
}

constexpr KernelChoice kKernels[] = {{"subgroup", plan_subgroup}, {"basic", plan_basic}};
constexpr Alias kAliases[] = {{0, 0, AliasKind::Reuse}};

}  // namespace

const OpDef masked_softmax_op{
    .name = "masked_softmax",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .grad = grad,
    .aliases = kAliases,
    .flops = flops_per_element<12>,
};
const OpRegistration masked_softmax_registered(masked_softmax_op);

Value masked_softmax(Value scores, Value lengths) { return add_op(masked_softmax_op, {scores, lengths}); }

}  // namespace scoria
