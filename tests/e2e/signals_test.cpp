// A run that is stopped or killed: what a signal leaves is always a run that goes on.

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "support/small_run.h"

using namespace scoria;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> command(const SmallRun& run, const std::string& out, int steps, int checkpoint_every) {
  return run.command({"--out", run.folder / out, "--steps", std::to_string(steps), "--resume", "--checkpoint-every",
                      std::to_string(checkpoint_every)});
}

bool has_unfinished_checkpoint(const fs::path& out) {
  std::error_code error;
  for (fs::directory_iterator entry(out, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with("checkpoint-") && name.find(".tmp-") != std::string::npos) return true;
  }
  return false;
}

void check_stop(int signal_number, int code) {
  const SmallRun run;
  ChildProcess child(command(run, "out", 100000, 0));
  REQUIRE(child.wait_for("step 3/"));
  child.send(signal_number);
  const ChildResult result = child.wait();
  CAPTURE(result.talk);
  CHECK(result.code == code);
  CHECK(result.output.empty());
  const std::size_t answered = result.talk.find("stopping; once more leaves at once");
  CHECK(answered != std::string::npos);
  CHECK(result.talk.find("saved ", answered) != std::string::npos);
  CHECK(result.talk.find("go on with --resume") != std::string::npos);
  CHECK_FALSE(has_unfinished_checkpoint(run.folder / "out"));
}

}  // namespace

TEST_CASE("SIGINT finishes the step, saves, and exits 130") { check_stop(SIGINT, 130); }
TEST_CASE("SIGTERM finishes the step, saves, and exits 143") { check_stop(SIGTERM, 143); }

TEST_CASE("kill -9 in the middle of a checkpoint, 50 times: the run goes on each time and ends with the same bits") {
  constexpr int kKills = 50, kSteps = 1000;
  const SmallRun run;
  REQUIRE(run_program(command(run, "whole", kSteps, 0)).code == 0);
  std::mt19937 random(3);
  int in_checkpoint = 0, tries = 0;
  while (in_checkpoint < kKills && tries < 500) {
    ++tries;
    ChildProcess child(command(run, "killed", kSteps, 1));
    // The first line of a step says that checkpoints have begun; from there on almost all time goes into them.
    // The first try may finish one: then there is one to go back to, however slow the disk is.
    if (!child.wait_for(tries == 1 ? "saved " : "/1000  loss")) break;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20000));
    child.send(SIGKILL);
    const ChildResult result = child.wait();
    CAPTURE(result.talk);
    CHECK(result.talk.find("is whole") == std::string::npos);
    in_checkpoint += has_unfinished_checkpoint(run.folder / "killed");
  }
  MESSAGE(in_checkpoint << " of " << tries << " kills in the middle of a checkpoint");
  CHECK(in_checkpoint == kKills);
  const ChildResult last = run_program(command(run, "killed", kSteps, 100));
  CAPTURE(last.talk);
  CHECK(last.code == 0);
  CHECK(last.talk.find("resume: from ") != std::string::npos);
  CHECK(last.talk.find("not bit-exact") == std::string::npos);
  CHECK(file_bytes(run.folder / "killed/model.safetensors") == file_bytes(run.folder / "whole/model.safetensors"));
}
