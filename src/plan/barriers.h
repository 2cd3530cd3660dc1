#pragma once

#include <cstdint>
#include <span>

#include "plan/program.h"

namespace scoria {

/// Sets barrier_before on the dispatches, which stand in their order, and returns how many got one.
///
/// A barrier comes as late as it can: before the first dispatch that reads what was written since the last barrier,
/// or writes what was read or written since. Barriers are global, so no smaller set orders all conflicts.
std::uint32_t place_barriers(std::span<PlacedDispatch> dispatches);

}  // namespace scoria
