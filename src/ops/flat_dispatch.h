#pragma once

#include <cstdint>
#include <string>

#include "graph/kernel_plan.h"

namespace scoria {

/// Workgroup size of kernels without shared memory: 256, or the device's limit if that is lower.
std::uint32_t flat_workgroup(const DeviceCaps& caps);

/// A dispatch over n elements with `per_invocation` of them to an invocation: a folded grid (see folded_grid), constant
/// 0 the workgroup size, first word n. The caller adds buffers, and more words and constants.
Dispatch flat_dispatch(std::string shader, std::uint64_t n, std::uint32_t per_invocation, const DeviceCaps& caps);

}  // namespace scoria
