// tokenize: learns a WordPiece vocabulary, turns text into ids and back, and counts what a corpus comes to.
//
//   tokenize train  --corpus book.txt --vocab-size 8192 --out tok/
//   echo "Hello, world!" | tokenize encode --vocab tok/ --json
//   echo "2 7592 3" | tokenize decode --vocab tok/
//   tokenize count  --vocab tok/ --corpus book.txt
//   echo "Naïve" | tokenize inspect --vocab tok/
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <iostream>

#include "commands.h"
#include "scoria/error.h"
#include "scoria/log.h"
#include "support/command_line.h"
#include "support/run_program.h"

namespace {

using namespace scoria;

int run(int argc, char** argv) {
  CLI::App app{"Learns and applies BERT's WordPiece vocabularies.", "tokenize"};
  app.require_subcommand(1);
  app.footer(
      "Example:\n  tokenize train --corpus book.txt --vocab-size 8192 --out tok/\n"
      "  echo \"Hello, world!\" | tokenize encode --vocab tok/ --json");
  add_train(app);
  add_encode(app);
  add_decode(app);
  add_count(app);
  add_inspect(app);
  return read_command_line(app, argc, argv).value_or(0);
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  set_log_sink([](LogLevel, std::string_view line) { fmt::print(stderr, "{}\n", line); });
  return run_program("tokenize", "take fewer --threads", [&] { return run(argc, argv); });
}
