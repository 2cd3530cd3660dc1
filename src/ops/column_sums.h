#pragma once

#include <cstdint>
#include <vector>

#include "graph/kernel_plan.h"

namespace scoria {

/// Sums over rows on a device, in stages of a fixed order. x is `count` elements seen as rows of `width` (the last row
/// may be short); the result is [width], the sum of the rows. Appends to the plan dispatches and the scratch they need.
void append_column_sums(KernelPlan& plan, Operand x, Operand y, std::uint64_t count, std::uint64_t width,
                        const DeviceCaps& caps);

}  // namespace scoria
