#include "graph/kernel_plan.h"

#include <algorithm>
#include <bit>

namespace scoria {

std::uint32_t word(float value) { return std::bit_cast<std::uint32_t>(value); }

std::array<std::uint32_t, 3> folded_grid(std::uint64_t n, std::uint64_t per_group, const DeviceCaps& caps) {
  const std::uint64_t groups = std::max<std::uint64_t>(1, (n + per_group - 1) / per_group);
  const std::uint64_t width = std::min<std::uint64_t>(groups, caps.max_workgroup_count[0]);
  return {static_cast<std::uint32_t>(width), static_cast<std::uint32_t>((groups + width - 1) / width), 1};
}

}  // namespace scoria
