#include "base/log.h"

#include <mutex>
#include <utility>

namespace scoria {
namespace {

std::mutex mutex;
LogSink sink;

}  // namespace

void set_log_sink(LogSink new_sink) {
  std::lock_guard lock(mutex);
  sink = std::move(new_sink);
}

void log(LogLevel level, std::string_view line) {
  std::lock_guard lock(mutex);
  if (sink) sink(level, line);
}

}  // namespace scoria
