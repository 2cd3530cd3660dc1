#include <fmt/format.h>

#include "ops/expect.h"
#include "ops/layer_norm.h"
#include "ops/row_kernels.h"

namespace scoria {
namespace {

std::uint64_t count(std::int64_t n) { return static_cast<std::uint64_t>(n); }

}  // namespace

void expect_affine(const OpCall& call, std::size_t gamma) {
  const Shape& x = call.inputs[0].shape;
  if (x.rank() == 0) misuse(call, "x must have at least one axis; got a scalar");
  const TensorDesc expected{DType::f32, {x[-1]}};
  expect_desc(call, gamma, "gamma", expected, fmt::format("the last axis of x {}", x.to_string()));
  expect_desc(call, gamma + 1, "beta", expected, fmt::format("the last axis of x {}", x.to_string()));
  const double eps = call.attributes.number("eps");
  if (!(eps > 0)) misuse(call, fmt::format("eps must be positive; got {}", eps));
}

std::vector<std::uint32_t> layer_norm_words(const OpCall& call) {
  const Shape& x = call.inputs[0].shape;
  return {static_cast<std::uint32_t>(x.row_count()), static_cast<std::uint32_t>(x.row_size()),
          word(static_cast<float>(call.attributes.number("eps")))};
}

PlannedKernel layer_norm_subgroup(Dispatch operands, std::string_view variant, const Shape& x, const DeviceCaps& caps) {
  operands.shader = fmt::format("layer_norm.{}", variant);
  const RowRegisters registers = {.fixed = 12, .an_element = variant == "dropout" ? 5u : 4u};
  return plan_subgroup_rows(std::move(operands), x, registers, caps);
}

PlannedKernel layer_norm_workgroup(Dispatch operands, std::string_view variant, const Shape& x,
                                   const DeviceCaps& caps) {
  const std::uint32_t workgroup = workgroup_for_row(count(x.row_size()), caps);
  if (4 * (workgroup + 16) > caps.shared_memory_bytes) return Refusal{"needs 4 bytes of shared memory an invocation"};
  operands.shader = fmt::format("layer_norm_workgroup.{}", variant);
  operands.constants = {workgroup};
  operands.grid = row_grid(count(x.row_count()), caps);
  return KernelPlan{{std::move(operands)}, {}};
}

KernelPlan layer_norm_basic(Dispatch operands, std::string_view variant, const Shape& x, const DeviceCaps& caps) {
  operands.shader = fmt::format("layer_norm_basic.{}", variant);
  return plan_invocation_rows(std::move(operands), x, caps);
}

}  // namespace scoria
