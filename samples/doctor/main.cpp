// doctor: lists the devices and what each can do, says why one is refused, tests every kernel against the double
// reference (--selftest), has every pipeline compiled (--compile) and measures peaks (--peaks).

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "backend/backend.h"
#include "compile.h"
#include "scoria/scoria.h"
#include "support/command_line.h"
#include "support/run_program.h"
#include "support/threads_option.h"

using namespace scoria;
using nlohmann::ordered_json;

namespace {

struct Options {
  std::string device;
  bool json = false;
  bool selftest = false;
  bool peaks = false;
  bool compile = false;
};

std::string gib(std::uint64_t bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(1ull << 30));
}

ordered_json describe(const DeviceInfo& device) {
  return {{"index", device.index},
          {"name", device.name},
          {"kind", device.kind},
          {"driver", device.driver},
          {"uuid", device.uuid},
          {"memory_bytes", device.memory_bytes},
          {"memory_free_bytes", device.memory_free_bytes},
          {"features", device.features},
          {"refusal", device.refusal}};
}

void print_device(const DeviceInfo& device) {
  fmt::print("{:<4} {}\n", device.index >= 0 ? std::to_string(device.index) : "cpu", device.name);
  fmt::print("     kind      {}\n", device.kind);
  if (!device.driver.empty()) fmt::print("     driver    {}\n", device.driver);
  if (!device.uuid.empty()) fmt::print("     uuid      {}\n", device.uuid);
  if (device.memory_bytes > 0) {
    const std::string free = device.memory_free_bytes ? ", " + gib(device.memory_free_bytes) + " free" : "";
    fmt::print("     memory    {}{}\n", gib(device.memory_bytes), free);
  }
  if (!device.features.empty()) fmt::print("     features  {}\n", fmt::join(device.features, ", "));
  fmt::print("     usable    {}\n", device.refusal.empty() ? "yes" : "no: " + device.refusal);
}

/// The driver manifests that the Vulkan loader finds on Linux, and the variables that change what it or we do.
std::vector<std::string> driver_manifests() {
  std::vector<std::string> found;
  for (const char* folder : {"/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d"}) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::map<std::string, std::string> variables() {
  std::map<std::string, std::string> set;
  for (const char* name : {"VK_DRIVER_FILES", "VK_ADD_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_LOADER_DRIVERS_SELECT",
                           "VK_LOADER_DRIVERS_DISABLE", "VK_INSTANCE_LAYERS", "LP_NATIVE_VECTOR_WIDTH",
                           "LP_NUM_THREADS", "SCORIA_DEBUG", "SCORIA_KERNELS", "SCORIA_VALIDATE", "XDG_CACHE_HOME"}) {
    if (const char* value = std::getenv(name)) set[name] = value;
  }
  return set;
}

std::string choice_of_auto() {
  const Device device = Device::open("auto");
  return fmt::format("{}: {}", device.info().name, device.choice_reason());
}

void list_devices(ordered_json& report, bool json) {
  const std::vector<DeviceInfo> devices = Device::list();
  const std::string vulkan = vulkan_refusal(), chosen = choice_of_auto();
  report["devices"] = ordered_json::array();
  for (const DeviceInfo& device : devices) report["devices"].push_back(describe(device));
  report["vulkan"] = vulkan.empty() ? "available" : vulkan;
  report["auto"] = chosen;
  report["driver_manifests"] = driver_manifests();
  report["environment"] = variables();
  if (json) return;
  for (const DeviceInfo& device : devices) print_device(device);
  if (!vulkan.empty()) fmt::print("\nVulkan: {}\n", vulkan);
  fmt::print("\ndriver manifests:{}\n", driver_manifests().empty() ? " none" : "");
  for (const std::string& file : driver_manifests()) fmt::print("     {}\n", file);
  for (const auto& [name, value] : variables()) fmt::print("{}={}\n", name, value);
  fmt::print("\n--device auto is {}\n", chosen);
}

void measure(const Device& device, ordered_json& report, bool json) {
  const DevicePeaks peaks = device.backend().measure_peaks();
  report["peaks"] = {{"gflops_f32", peaks.gflops}, {"gbps_copy", peaks.gbps}};
  if (!json) fmt::print("\npeaks: {:.1f} GFLOP/s f32, {:.1f} GB/s copy\n", peaks.gflops, peaks.gbps);
}

using State = KernelVerdict::State;

std::string_view word_for(State state) {
  constexpr std::string_view kWords[] = {"right", "WRONG", "suspect", "refused"};
  return kWords[static_cast<int>(state)];
}

ordered_json to_json(const KernelVerdict& verdict) {
  return {{"op", verdict.op},
          {"kernel", verdict.kernel},
          {"verdict", word_for(verdict.state)},
          {"cases", verdict.cases},
          {"error_of_bound", std::isfinite(verdict.worst) ? ordered_json(verdict.worst) : ordered_json()},
          {"note", verdict.note}};
}

void print_verdict(const KernelVerdict& v) {
  const std::string what = v.state == State::Refused
                               ? v.note
                               : fmt::format("{} cases, largest error {:.3f} of its bound{}", v.cases, v.worst,
                                             v.state == State::Right ? "" : ", in " + v.note);
  fmt::print("  {:<8} {:<24} {:<12} {}\n", word_for(v.state), v.op, v.kernel, what);
}

/// Returns the number of wrong kernels.
int test_kernels(const Device& device, ordered_json& report, bool json) {
  if (!json) fmt::print("\nself-test against the double reference\n");
  std::map<State, int> counts;
  report["selftest"] = ordered_json::array();
  for (const KernelVerdict& verdict : self_test(device)) {
    ++counts[verdict.state];
    report["selftest"].push_back(to_json(verdict));
    if (!json) print_verdict(verdict);
  }
  const int wrong = counts[State::Wrong] + counts[State::Suspect];
  if (json) return wrong;
  fmt::print("  {} kernels right, {} wrong, {} suspect, {} refused\n", counts[State::Right], counts[State::Wrong],
             counts[State::Suspect], counts[State::Refused]);
  if (wrong > 0) {
    fmt::print(
        "A wrong kernel is a fault of the driver or of the engine: SCORIA_KERNELS=op=kernel chooses another one.\n");
  }
  return wrong;
}

int examine(const Options& options) {
  ordered_json report;
  list_devices(report, options.json);
  int wrong = 0;
  if (options.selftest || options.peaks || options.compile || !options.device.empty()) {
    const Device device = Device::open(options.device.empty() ? "auto" : options.device);
    fmt::print(stderr, "doctor: on {} ({})\n", device.info().name, device.choice_reason());
    report["device"] = describe(device.info());
    if (options.compile) compile_all(device, report, options.json);
    if (options.peaks) measure(device, report, options.json);
    if (options.selftest) wrong = test_kernels(device, report, options.json);
  }
  if (options.json) fmt::print("{}\n", report.dump(2));
  return wrong > 0 ? static_cast<int>(ErrorKind::Device) : 0;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"Lists devices, what each can do and why one is refused; tests kernels; measures peaks.", "doctor"};
  app.footer("Example: doctor --selftest --peaks --device llvmpipe");
  app.add_option("--device", options.device,
                 "The device to open: auto, cpu, an index, a part of a name, or a UUID (default auto)");
  add_threads_option(app);
  app.add_flag("--json", options.json, "One JSON object on stdout");
  app.add_flag("--selftest", options.selftest, "Run every kernel of every op on small cases, against the reference");
  app.add_flag("--compile", options.compile,
               "Compile every pipeline that is planned for the device and tell what its compiler tells; run nothing");
  app.add_flag("--peaks", options.peaks, "Measure multiply-adds from registers, and a copy larger than the caches");
  if (const auto code = read_command_line(app, argc, argv)) return *code;
  set_log_sink([](LogLevel, std::string_view line) { fmt::print(stderr, "{}\n", line); });
  return examine(options);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("doctor", "end other programs and try again", [&] { return run(argc, argv); });
}
