#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plan/program.h"

namespace scoria {

/// A new order for dispatches, as indices, that needs fewer barriers: what depends on nothing that is still open joins
/// the dispatches at hand, so that the last stages of a reduction run beside the next products instead of between them.
///
///     matmul dx | sum 1 | barrier | sum 2 | barrier | sum 3 | add | barrier | layer_norm_grad
///     matmul dx | sum 1 | barrier | sum 2 | add | barrier | sum 3 | layer_norm_grad
///
/// Dispatches that touch the same bytes, one of them writing, keep their order. None moves forward by `window` places
/// or more, so that values are not made long before they are needed; a window of 1 changes nothing.
std::vector<std::uint32_t> interleave(std::span<const PlacedDispatch> dispatches, std::uint32_t window);

}  // namespace scoria
