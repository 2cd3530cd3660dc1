// What drivers do elsewhere: the layer tests/layers/pretend.cpp loses the device while pretrain trains on it, as a
// driver's reset does, allows no more than small allocations, lacks features, or is of another card in the same slot.

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/run_metrics.h"
#include "support/small_run.h"
#include "support/temporary_folder.h"
#include "support/test_device.h"

using namespace scoria;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> command(const SmallRun& run, const std::string& out) {
  return run.command({"--out", run.folder / out, "--device", test::vulkan_test_device()->info().uuid, "--steps", "8",
                      "--checkpoint-every", "2", "--resume"});
}

/// A program where the driver pretends.
std::vector<std::string> pretending(const std::vector<std::string>& variables,
                                    const std::vector<std::string>& program) {
  const std::string layers = program_path("").parent_path().parent_path() / "lib/layers";
  std::vector<std::string> arguments{"/usr/bin/env", "VK_LAYER_PATH=" + layers,
                                     "VK_INSTANCE_LAYERS=VK_LAYER_SCORIA_pretend"};
  arguments.insert(arguments.end(), variables.begin(), variables.end());
  arguments.insert(arguments.end(), program.begin(), program.end());
  return arguments;
}
std::vector<std::string> pretending(const std::string& variable, const SmallRun& run, const std::string& out) {
  return pretending({variable}, command(run, out));
}

bool is_without_device() {
  if (test::vulkan_test_device()) return false;
  MESSAGE("skipped: " << test::vulkan_test_device_refusal());
  return true;
}

/// The one line with which the program ends.
std::string check_refusal(const ChildResult& result, int code) {
  CAPTURE(result.talk);
  CHECK(result.code == code);
  CHECK(result.output.empty());
  const std::size_t begin = result.talk.rfind("pretrain: ");
  REQUIRE(begin != std::string::npos);
  const std::string line = result.talk.substr(begin);
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  return line;
}

void check_lost(const ChildResult& result, const std::string& end) {
  const std::string line = check_refusal(result, 4);
  CAPTURE(result.talk);
  CHECK(line.find(test::vulkan_test_device()->info().name + " was lost (vk") != std::string::npos);
  CHECK(result.talk.find("VK_ERROR_DEVICE_LOST") == result.talk.rfind("VK_ERROR_DEVICE_LOST"));
  CHECK(line.ends_with(end));
}

void check_nothing_half_written(const fs::path& out) {
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(out)) {
    CAPTURE(entry.path().string());
    CHECK(entry.path().string().find(".tmp-") == std::string::npos);
  }
  CHECK_FALSE(fs::exists(out / "model.safetensors"));
  CHECK(file_bytes(out / "metrics.jsonl").ends_with("}\n"));
}

}  // namespace

TEST_CASE("a device lost in mid-training ends the run with one line, and --resume goes on bit for bit") {
  if (is_without_device()) return;
  const SmallRun run;
  const fs::path whole = run.folder / "whole", lost = run.folder / "lost";
  REQUIRE(run_program(command(run, "whole")).code == 0);

  check_lost(run_program(pretending("SCORIA_PRETEND_LOST_ONCE=" + (lost / "checkpoint-4").string(), run, "lost")),
             "; checkpoint-4 is kept, and --resume goes on from it\n");
  check_nothing_half_written(lost);

  const ChildResult again = run_program(command(run, "lost"));
  CAPTURE(again.talk);
  CHECK(again.code == 0);
  CHECK(again.talk.find("checkpoint-4, step 4") != std::string::npos);
  CHECK(again.talk.find("not bit-exact") == std::string::npos);
  CHECK(file_bytes(lost / "model.safetensors") == file_bytes(whole / "model.safetensors"));
  CHECK(metrics_without_times(lost) == metrics_without_times(whole));
}

TEST_CASE("a device lost before the first checkpoint says that there is none") {
  if (is_without_device()) return;
  const SmallRun run;
  check_lost(
      run_program(pretending("SCORIA_PRETEND_LOST_ONCE=" + (run.folder / "lost/metrics.jsonl").string(), run, "lost")),
      "; the run has no checkpoint yet\n");
  check_nothing_half_written(run.folder / "lost");
}

TEST_CASE("weights larger than the driver allocates at once are refused with sizes and a way out") {
  if (is_without_device()) return;
  const SmallRun run;
  const std::string line =
      check_refusal(run_program(pretending("SCORIA_PRETEND_MAX_ALLOCATION=65536", run, "small")), 3);
  CHECK(line == "pretrain: state \"parameters\" : f32 [20096] takes 78.5 KiB, and " +
                    test::vulkan_test_device()->info().name +
                    " allocates at most 64.0 KiB at once; it is not divided, whatever the batch: take a smaller model "
                    "or another device (the CPU has no such limit)\n");
  // A little more serves: activations are divided among blocks.
  const ChildResult result = run_program(pretending("SCORIA_PRETEND_MAX_ALLOCATION=131072", run, "larger"));
  CAPTURE(result.talk);
  CHECK(result.code == 0);
}

TEST_CASE("a feature whose bit is off is not used, whatever extensions and properties say") {
  if (is_without_device()) return;
  const std::string device = test::vulkan_test_device()->info().uuid;
  const auto doctor = [&](const std::string& without, const std::vector<std::string>& more) {
    std::vector<std::string> program{program_path("doctor"), "--device", device, "--json"};
    program.insert(program.end(), more.begin(), more.end());
    const ChildResult result = run_program(pretending({"SCORIA_PRETEND_WITHOUT=" + without}, program));
    CAPTURE(without);
    CAPTURE(result.talk);
    REQUIRE(result.code == 0);
    return nlohmann::json::parse(result.output);
  };
  const auto has = [](const nlohmann::json& report, const std::string& word) {
    const nlohmann::json& features = report["device"]["features"];
    return std::find(features.begin(), features.end(), word) != features.end();
  };
  const nlohmann::json as_it_is = doctor("", {});
  const std::pair<std::string, std::string> words[] = {{"shaderInt64", "int64"},
                                                       {"shaderFloat16", "f16"},
                                                       {"storageBuffer16BitAccess", "16-bit storage"},
                                                       {"subgroupSizeControl", "subgroup size control"},
                                                       {"computeFullSubgroups", "subgroup size control"}};
  std::string all = "shaderInt16,shaderInt8,storageBuffer8BitAccess,scalarBlockLayout,vulkanMemoryModel,"
                    "vulkanMemoryModelDeviceScope,deviceFault,cooperativeMatrix";
  for (const auto& [bit, word] : words) {
    CAPTURE(bit);
    CHECK(has(as_it_is, word));
    CHECK_FALSE(has(doctor(bit, {}), word));
    all += "," + bit;
  }
  for (const nlohmann::json& verdict : doctor(all, {"--selftest"})["selftest"]) {
    CAPTURE(verdict.dump());
    CHECK((verdict["verdict"] == "right" || verdict["verdict"] == "refused"));
  }
}

TEST_CASE("without bufferDeviceAddress a device is refused by name") {
  if (is_without_device()) return;
  const ChildResult result = run_program(
      pretending({"SCORIA_PRETEND_WITHOUT=bufferDeviceAddress"},
                 {program_path("doctor"), "--device", test::vulkan_test_device()->info().uuid}));
  CHECK(result.code == 4);
  CHECK(result.talk.find("no bufferDeviceAddress") != std::string::npos);
}

TEST_CASE("another card in the same slot inherits neither verdicts nor pipelines") {
  if (is_without_device()) return;
  const TemporaryFolder cache;
  const std::string uuid = test::vulkan_test_device()->info().uuid;
  std::size_t files = 0;
  for (const std::string ids : {"1002:744c", "1002:7480", "10de:744c"}) {
    CAPTURE(ids);
    const ChildResult result =
        run_program(pretending({"SCORIA_PRETEND_DEVICE=" + ids, "XDG_CACHE_HOME=" + cache.path().string()},
                               {program_path("bench"), "ops", "--filter", "gelu", "--repeats", "1", "--device", uuid}));
    CAPTURE(result.talk);
    CHECK(result.code == 0);
    std::string key = ids + "-" + uuid;
    key[4] = '-';
    for (const fs::directory_entry& entry : fs::directory_iterator(cache.path() / "scoria")) {
      const std::string name = entry.path().filename();
      files += name.starts_with("kernels-" + key) || name.starts_with("pipelines-" + key);
    }
  }
  CHECK(files == 6);
}
