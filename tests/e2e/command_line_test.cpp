// Every program: --help with an example on stdout, and one line on stderr for what it does not know.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/child_process.h"

using namespace scoria;

namespace {

struct Program {
  std::string name;
  std::vector<std::string> arguments;  ///< right ones, so that only what is added is wrong
};

std::vector<Program> programs() {
  return {{"pretrain", {"--corpus", "c.txt", "--out", "o"}},
          {"prepare", {"documents", "--corpus", "c.txt", "--vocab", "v.txt", "--out", "o"}},
          {"doctor", {}},
          {"bench", {"ops"}},
          {"inspect", {"--model", "m", "--text", "t", "--out", "o"}},
          {"predict", {"--model", "m"}},
          {"tokenize", {"encode", "--vocab", "v.txt"}}};
}

ChildResult run_with(const Program& program, const std::vector<std::string>& added) {
  std::vector<std::string> command{program_path(program.name)};
  command.insert(command.end(), program.arguments.begin(), program.arguments.end());
  command.insert(command.end(), added.begin(), added.end());
  return run_program(command);
}

}  // namespace

TEST_CASE("--help is on stdout, names the program and ends with an example") {
  for (const Program& program : programs()) {
    CAPTURE(program.name);
    const ChildResult result = run_program({program_path(program.name), "--help"});
    CHECK(result.code == 0);
    CHECK(result.talk.empty());
    CHECK(result.output.find("Usage: " + program.name + " ") != std::string::npos);
    const std::size_t example = result.output.rfind("Example:");
    REQUIRE(example != std::string::npos);
    CHECK(result.output.find(program.name + " ", example) != std::string::npos);
    CHECK(result.output.find("Options:", example) == std::string::npos);
  }
}

TEST_CASE("an unknown flag is answered with one line and exit code 1") {
  for (const Program& program : programs()) {
    CAPTURE(program.name);
    const ChildResult result = run_with(program, {"--zzz", "3"});
    CHECK(result.code == 1);
    CHECK(result.output.empty());
    CHECK(result.talk ==
          program.name + ": no such argument: --zzz 3; " + program.name + " --help lists what there is\n");
  }
}
