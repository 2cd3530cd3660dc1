// A run that is stopped or killed: what a signal leaves is always a run that goes on.

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "base/cpu_isa.h"
#include "support/small_run.h"

using namespace scoria;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> command(const SmallRun& run, const std::string& out, int steps, int checkpoint_every) {
  return run.command({"--out", run.folder / out, "--steps", std::to_string(steps), "--resume", "--checkpoint-every",
                      std::to_string(checkpoint_every)});
}

// Tells programs to take AVX2 code where the processor has it, as one without AVX-512 does.
class UsingAvx2 {
 public:
  UsingAvx2() {
    if (processor_isa() >= CpuIsa::Avx2) ::setenv("SCORIA_CPU_ISA", "avx2", 1);
  }
  ~UsingAvx2() { ::unsetenv("SCORIA_CPU_ISA"); }
};

struct Profiled {
  std::string weights, talk;
  long signals = 0, outside = 0;
};

// A whole run under the profiler of tests/layers/profiler.cpp; "": without one.
Profiled profiled_run(const SmallRun& run, const std::string& how) {
  const fs::path profiler = program_path("pretrain").parent_path().parent_path() / "lib/libprofiler.so";
  REQUIRE(fs::exists(profiler));
  if (!how.empty()) {
    ::setenv("LD_PRELOAD", profiler.c_str(), 1);
    ::setenv("SCORIA_TEST_PROFILER", how.c_str(), 1);
  }
  const std::string out = "out" + how;
  const ChildResult result =
      run_program(run.command({"--out", run.folder / out, "--model", run.folder / "wide.json", "--steps", "40",
                               "--batch", "8", "--seq-len", "128"}));
  ::unsetenv("LD_PRELOAD");
  ::unsetenv("SCORIA_TEST_PROFILER");
  CAPTURE(result.talk);
  CHECK(result.code == 0);
  Profiled profiled{file_bytes(run.folder / out / "model.safetensors"), result.talk};
  const std::size_t told = result.talk.find("profiler: ");
  if (told != std::string::npos)
    std::sscanf(result.talk.c_str() + told, "profiler: %ld signals, %ld outside", &profiled.signals, &profiled.outside);
  return profiled;
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

TEST_CASE("200 runs stopped with SIGINT: none is aborted, each goes on, and the last ends with the same bits") {
  constexpr int kStops = 200, kSteps = 4000;
  const UsingAvx2 avx2;
  const SmallRun run;
  REQUIRE(run_program(command(run, "whole", kSteps, 0)).code == 0);
  const std::string whole = file_bytes(run.folder / "whole/model.safetensors");
  std::mt19937 random(7);
  int stopped = 0, finished = 0;
  const auto check_finished = [&](const ChildResult& result) {
    CAPTURE(result.talk);
    CHECK(result.code == 0);
    CHECK(result.talk.find("not bit-exact") == std::string::npos);
    CHECK(file_bytes(run.folder / "stopped/model.safetensors") == whole);
    ++finished;
  };
  for (int tries = 0; stopped < kStops && tries < 2 * kStops; ++tries) {
    ChildProcess child(command(run, "stopped", kSteps, 0));
    const bool is_learning = child.wait_for("/4000  loss");
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 8000));
    child.send(SIGINT);
    const ChildResult result = child.wait();
    CAPTURE(result.talk);
    if (result.code == 0 || !is_learning) {
      check_finished(result);
      fs::remove_all(run.folder / "stopped");
      continue;
    }
    REQUIRE(result.code == 130);
    CHECK(result.talk.find("saved ") != std::string::npos);
    ++stopped;
  }
  CHECK(stopped == kStops);
  check_finished(run_program(command(run, "stopped", kSteps, 0)));
  MESSAGE(stopped << " runs stopped, none aborted; " << finished << " finished with the bits of one that was not");
}

TEST_CASE("a profiler's signals, 1,000 a second: the bits of a run without, and no stack pointer outside the stack") {
  const UsingAvx2 avx2;
  const SmallRun run;
  // Products of some size: what keeps addresses in the stack pointer elsewhere does so in its code for large ones.
  run.file("wide.json", R"({"model_type": "bert", "vocab_size": 200, "hidden_size": 256, "num_hidden_layers": 1,
      "num_attention_heads": 4, "intermediate_size": 1024, "max_position_embeddings": 128})");
  const Profiled without = profiled_run(run, ""), plain = profiled_run(run, "plain"),
                 sample = profiled_run(run, "sample");
  CHECK(plain.signals > 50);
  CHECK(sample.signals > 50);
  CHECK(plain.weights == without.weights);
  CHECK(sample.weights == without.weights);
  CHECK(sample.outside == 0);
  MESSAGE(plain.signals << " signals on the stack, " << sample.signals << " samples, " << sample.outside << " outside");
}

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
