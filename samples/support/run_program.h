#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <new>
#include <string_view>

#include "scoria/error.h"
#include "support/stop_signal.h"

/// Thrown where a signal asked to stop: the program ends with the signal's exit code, saying this if it is anything.
struct Interrupted {
  std::string_view what;
};

/// Runs the body of a program, which returns its exit code. What it throws becomes one line on stderr and the exit code
/// that belongs to it. `memory_advice` is what to do where memory runs out.
template <typename Body>
int run_program(std::string_view name, std::string_view memory_advice, const Body& body) {
  const auto end = [&](std::string_view what, int code) {
    fmt::print(stderr, "{}: {}\n", name, what);
    return code;
  };
  try {
    return body();
  } catch (const scoria::Error& error) {
    return end(error.what(), static_cast<int>(error.kind()));
  } catch (const std::bad_alloc&) {
    return end(fmt::format("out of memory; {}", memory_advice), static_cast<int>(scoria::ErrorKind::Memory));
  } catch (const Interrupted& interrupted) {
    return interrupted.what.empty() ? StopSignal::exit_code() : end(interrupted.what, StopSignal::exit_code());
  }
}
