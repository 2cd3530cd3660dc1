#pragma once

#include <memory>

#include "backend/backend.h"

namespace scoria {

/// Runs programs on the host: each op's fast path, or its double reference where it has none.
std::shared_ptr<Backend> open_cpu();

/// Runs programs on the host in double arithmetic throughout, every op by its reference: slow, and the oracle.
/// Writes convert to double, reads round to the value's dtype.
std::shared_ptr<Backend> open_reference();

}  // namespace scoria
