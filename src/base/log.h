#pragma once

#include <string_view>

#include "scoria/log.h"

namespace scoria {

/// Hands one line (no newline at its end) to the application's sink.
void log(LogLevel level, std::string_view line);

}  // namespace scoria
