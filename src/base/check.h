#pragma once

namespace scoria {

/// Prints file, line, condition and message to stderr and aborts: a bug of ours, never a user's mistake.
[[noreturn]] void check_failed(const char* file, int line, const char* condition, const char* message);

}  // namespace scoria

/// An invariant of our own code; compiled into every build.
#define SCORIA_CHECK(condition, message) \
  ((condition) ? void() : ::scoria::check_failed(__FILE__, __LINE__, #condition, message))
