#pragma once

#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "io/file.h"

/// Writes to stdout at once. Throws Error (Io).
inline void write_to_stdout(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) scoria::throw_io_error("write", "standard output", errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}
