#pragma once

#include <cstdint>
#include <string>

namespace scoria {

/// "1.5 MiB", "256 B"
std::string bytes_text(std::uint64_t bytes);

}  // namespace scoria
