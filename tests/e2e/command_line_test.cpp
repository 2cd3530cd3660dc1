// Every program: --help with an example on stdout, and one line on stderr for what it does not know.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <thread>
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
          {"finetune", {"--model", "tiny", "--task", "classify"}},
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

TEST_CASE("--threads means the same to every program, and what is no number of threads is refused") {
  for (const Program& program : programs()) {
    CAPTURE(program.name);
    for (const char* wrong : {"-1", "1025", "two", "1.5"}) {
      CAPTURE(wrong);
      const ChildResult result = run_with(program, {"--threads", wrong});
      CHECK(result.code == 1);
      CHECK(result.output.empty());
      CHECK(std::count(result.talk.begin(), result.talk.end(), '\n') == 1);
      CHECK(result.talk.find("--threads") != std::string::npos);
    }
    std::vector<std::string> help{program_path(program.name)};
    if (program.name == "prepare" || program.name == "bench" || program.name == "tokenize")
      help.push_back(program.arguments[0]);
    help.emplace_back("--help");
    CHECK(run_program(help).output.find("threads of the host; 0: every processor") != std::string::npos);
  }
  // The environment says 1 here (ChildProcess).
  const auto cpu = [](const std::vector<std::string>& flags) {
    std::vector<std::string> command{program_path("doctor"), "--device", "cpu"};
    command.insert(command.end(), flags.begin(), flags.end());
    return run_program(command).output;
  };
  CHECK(cpu({}).find(", 1 thread)") != std::string::npos);
  CHECK(cpu({"--threads", "3"}).find(", 3 threads)") != std::string::npos);
  const unsigned all = std::thread::hardware_concurrency();
  CHECK(cpu({"--threads", "0"}).find(", " + std::to_string(all) + " thread") != std::string::npos);
}
