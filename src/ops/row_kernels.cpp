#include "ops/row_kernels.h"

#include <fmt/format.h>

namespace scoria {

std::variant<SubgroupRows, Refusal> subgroup_rows(std::uint64_t n, const DeviceCaps& caps) {
  constexpr std::uint64_t kMostRegisters = 128;
  if (!caps.subgroup_arithmetic) return Refusal{"needs subgroup arithmetic"};
  if (!caps.subgroup_size_control && caps.min_subgroup_size != caps.max_subgroup_size) {
    return Refusal{"needs a known subgroup size"};
  }
  const std::uint64_t per = (n + caps.subgroup_size - 1) / caps.subgroup_size;
  if (per > kMostRegisters) {
    return Refusal{fmt::format("a row of {} is {} registers in a subgroup of {}, over {}", n, per, caps.subgroup_size,
                               kMostRegisters)};
  }
  return SubgroupRows{caps.subgroup_size, static_cast<std::uint32_t>(per),
                      caps.subgroup_size_control ? caps.subgroup_size : 0};
}

std::array<std::uint32_t, 3> row_grid(std::uint64_t rows, const DeviceCaps& caps) { return folded_grid(rows, 1, caps); }

std::uint32_t gather_lanes(const DeviceCaps& caps) { return caps.is_llvmpipe && caps.driver_release[0] >= 26 ? 0 : 1; }

}  // namespace scoria
