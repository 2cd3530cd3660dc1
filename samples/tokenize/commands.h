#pragma once

#include <CLI/CLI.hpp>

/// One function a sub-command, each in the file named after it. It declares the sub-command's options and what runs
/// once the command line is parsed; the settings live as long as the App.
void add_train(CLI::App& app);
void add_encode(CLI::App& app);
void add_decode(CLI::App& app);
void add_count(CLI::App& app);
void add_inspect(CLI::App& app);
