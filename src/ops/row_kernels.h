#pragma once

#include <cstdint>
#include <optional>

#include "graph/kernel_plan.h"

namespace scoria {

/// A workgroup that is exactly one subgroup, with a row of n elements in its registers.
struct SubgroupRows {
  std::uint32_t size = 0;      ///< invocations of the subgroup
  std::uint32_t per = 0;       ///< elements an invocation: ceil(n / size)
  std::uint32_t required = 0;  ///< for Dispatch::subgroup_size
};

/// What an invocation of such a kernel keeps in registers, as compilers have been seen to: for itself (addresses,
/// loop counters, what a reduction passes round), and for each of its elements, with what is loaded ahead.
struct RowRegisters {
  std::uint32_t fixed = 12;
  std::uint32_t an_element = 4;
};

/// Why a device cannot keep such rows, or how it does.
std::variant<SubgroupRows, Refusal> subgroup_rows(std::uint64_t n, const RowRegisters& registers,
                                                  const DeviceCaps& caps);

/// Invocations for a workgroup a row: a power of two, as many as the row has elements, at most 256 or the device's
/// limit.
std::uint32_t workgroup_for_row(std::uint64_t n, const DeviceCaps& caps);

/// Row r of a kernel with one workgroup a row; the grid may cover more.
std::array<std::uint32_t, 3> row_grid(std::uint64_t rows, const DeviceCaps& caps);

/// 1 where the device should gather its lanes' floats, 0 where it should read them by uniform addresses and select
/// (shaders/common/elementwise.glsl).
std::uint32_t gather_lanes(const DeviceCaps& caps);

/// The kernel of rows = [..., n], one subgroup a row in registers (shaders/common/subgroup_rows.glsl); `operands` lacks
/// grid and constants.
PlannedKernel plan_subgroup_rows(Dispatch operands, const Shape& rows, const RowRegisters& registers,
                                 const DeviceCaps& caps);
/// The same with an invocation a row.
KernelPlan plan_invocation_rows(Dispatch operands, const Shape& rows, const DeviceCaps& caps);

}  // namespace scoria
