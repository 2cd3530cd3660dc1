#include "ops/column_sums.h"

#include <algorithm>

namespace scoria {
namespace {

// Rows that one invocation adds up: enough to make a stage shrink fast, few enough to leave work for a whole device.
constexpr std::uint64_t kRowsPerSum = 32;

Dispatch column_sum_dispatch(Operand x, Operand y, std::uint64_t count, std::uint64_t width, std::uint64_t sums,
                             const DeviceCaps& caps) {
  Dispatch dispatch;
  const std::uint32_t workgroup = std::min<std::uint32_t>(caps.max_workgroup_invocations, 64);
  dispatch.shader = "sum_leading";
  dispatch.constants = {workgroup};
  dispatch.buffers = {x, y};
  dispatch.words = {static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(width),
                    static_cast<std::uint32_t>(sums)};
  dispatch.grid = folded_grid(width * sums, workgroup, caps);
  return dispatch;
}

}  // namespace

void append_column_sums(KernelPlan& plan, Operand x, Operand y, std::uint64_t count, std::uint64_t width,
                        const DeviceCaps& caps) {
  std::uint64_t rows = (count + width - 1) / width;
  while (rows > 2 * kRowsPerSum) {
    const std::uint64_t sums = (rows + kRowsPerSum - 1) / kRowsPerSum;
    const auto scratch = static_cast<std::uint32_t>(plan.scratch_bytes.size());
    plan.scratch_bytes.push_back(sums * width * 4);
    plan.dispatches.push_back(column_sum_dispatch(x, Operand::scratch_write(scratch), count, width, sums, caps));
    x = Operand::scratch_read(scratch);
    count = sums * width;
    rows = sums;
  }
  plan.dispatches.push_back(column_sum_dispatch(x, y, count, width, 1, caps));
}

}  // namespace scoria
