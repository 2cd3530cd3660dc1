#include "ops/row_kernels.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/registers.h"

namespace scoria {

std::variant<SubgroupRows, Refusal> subgroup_rows(std::uint64_t n, const RowRegisters& registers,
                                                  const DeviceCaps& caps) {
  if (!caps.subgroup_arithmetic) return Refusal{"needs subgroup arithmetic"};
  if (!caps.subgroup_size_control && caps.min_subgroup_size != caps.max_subgroup_size) {
    return Refusal{"needs a known subgroup size"};
  }
  const std::uint64_t per = (n + caps.subgroup_size - 1) / caps.subgroup_size;
  if (caps.device_class == DeviceClass::Cpu) {  // spills into its first-level cache
    constexpr std::uint64_t kMost = 128;
    if (per > kMost) return Refusal{fmt::format("a row of {} is {} elements an invocation, over {}", n, per, kMost)};
  } else {
    const std::uint64_t needed = registers.fixed + registers.an_element * per;
    const std::uint64_t most = lane_registers(caps, caps.subgroup_size);
    if (needed > most) {
      return Refusal{fmt::format("a row of {} takes {} registers in a subgroup of {}, which has {}", n, needed,
                                 caps.subgroup_size, most)};
    }
  }
  return SubgroupRows{caps.subgroup_size, static_cast<std::uint32_t>(per),
                      caps.subgroup_size_control ? caps.subgroup_size : 0};
}

std::uint32_t workgroup_for_row(std::uint64_t n, const DeviceCaps& caps) {
  std::uint32_t size = 4;
  while (size < n && 2 * size <= std::min<std::uint32_t>(caps.max_workgroup_invocations, 256)) size *= 2;
  return size;
}

std::array<std::uint32_t, 3> row_grid(std::uint64_t rows, const DeviceCaps& caps) { return folded_grid(rows, 1, caps); }

std::uint32_t gather_lanes(const DeviceCaps& caps) { return caps.is_llvmpipe && caps.driver_release[0] >= 26 ? 0 : 1; }

PlannedKernel plan_subgroup_rows(Dispatch operands, const Shape& rows, const RowRegisters& registers,
                                 const DeviceCaps& caps) {
  const auto n = static_cast<std::uint64_t>(rows.row_size());
  const auto fit = subgroup_rows(n, registers, caps);
  if (const Refusal* refusal = std::get_if<Refusal>(&fit)) return *refusal;
  const SubgroupRows& subgroup = std::get<SubgroupRows>(fit);
  operands.constants = {subgroup.size, subgroup.per, gather_lanes(caps), static_cast<std::uint32_t>(n)};
  operands.subgroup_size = subgroup.required;
  operands.grid = row_grid(static_cast<std::uint64_t>(rows.row_count()), caps);
  return KernelPlan{{std::move(operands)}, {}};
}

KernelPlan plan_invocation_rows(Dispatch operands, const Shape& rows, const DeviceCaps& caps) {
  constexpr std::uint32_t kWorkgroup = 32;
  operands.constants = {kWorkgroup};
  operands.grid = folded_grid(static_cast<std::uint64_t>(rows.row_count()), kWorkgroup, caps);
  return KernelPlan{{std::move(operands)}, {}};
}

}  // namespace scoria
