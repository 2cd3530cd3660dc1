#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>
#include <string>

#include "scoria/error.h"

/// Reads the command line of a program that has a name. Where the program ends with that, its exit code: help was
/// printed, or one line on stderr says what is wrong.
inline std::optional<int> read_command_line(CLI::App& app, int argc, char** argv) {
  std::string wrong;
  try {
    app.parse(argc, argv);
    return {};
  } catch (const CLI::ExtrasError&) {
    wrong = "no such argument: " + CLI::detail::join(app.remaining(true), " ");
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    wrong = error.what();
  }
  fmt::print(stderr, "{}: {}; {} --help lists what there is\n", app.get_name(), wrong, app.get_name());
  return static_cast<int>(scoria::ErrorKind::Usage);
}
