#pragma once

#include <functional>
#include <string_view>

namespace scoria {

enum class LogLevel { Info, Warning };

using LogSink = std::function<void(LogLevel, std::string_view line)>;

/// Where the library's messages go; by default nowhere. The library prints nothing by itself.
/// Call before other threads use the library.
void set_log_sink(LogSink sink);

}  // namespace scoria
