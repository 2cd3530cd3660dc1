#pragma once

#include <string>
#include <string_view>

#include "base/bytes_text.h"
#include "plan/program.h"

namespace scoria {

/// A program as text, for SCORIA_DEBUG=plan and for eyes:
///
///     program: 3 nodes, 2 dispatches, 1 barrier; arena 0.5 MiB (0.8 MiB unshared), inputs 1 KiB, outputs 256 B
///     nodes       one a line: values with their places, kernel, and why better kernels refused
///     dispatches  shader, grid and bytes touched; a line "barrier" where one stands
///     arena       a picture of each block: time to the right, addresses down, a letter a value
std::string to_text(const Program& program);

/// "reads", "writes" or "updates"
std::string_view access_text(Access access);
/// "arena 0 + 4096"
std::string region_text(const Region& region);

}  // namespace scoria
