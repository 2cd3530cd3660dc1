#pragma once

#include <CLI/CLI.hpp>

#include "scoria/host_threads.h"

/// --threads, which means the same to every program; results do not depend on it.
inline CLI::Option* add_threads_option(CLI::App& command) {
  return command
      .add_option_function<int>("--threads", scoria::set_host_threads,
                                "threads of the host; 0: every processor [OMP_NUM_THREADS, else 0]")
      ->check(CLI::Range(0, 1024).description(""));
}
