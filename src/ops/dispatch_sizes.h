#pragma once

#include <cstdint>
#include <limits>

#include "base/check.h"
#include "graph/kernel_plan.h"

namespace scoria {

/// A size or stride as a word of a dispatch.
inline std::uint32_t u32(std::int64_t value) {
  SCORIA_CHECK(value >= 0 && value <= std::numeric_limits<std::uint32_t>::max(), "a size of a kernel exceeds 32 bits");
  return static_cast<std::uint32_t>(value);
}

inline std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
inline std::int64_t round_up(std::int64_t a, std::int64_t b) { return ceil_div(a, b) * b; }

/// Whether no axis of the dispatch's grid exceeds its limit.
inline bool grid_fits(const Dispatch& dispatch, const DeviceCaps& caps) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (dispatch.grid[axis] > caps.max_workgroup_count[axis]) return false;
  }
  return true;
}

}  // namespace scoria
