#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "backend/backend.h"
#include "backend/vulkan/vulkan_backend.h"
#include "base/cache_folder.h"
#include "base/log.h"
#include "graph/distrust.h"
#include "scoria/doctor.h"

namespace scoria {
namespace {

/// The first line of a file of verdicts; the wrong kernels follow, "matmul coopmat" a line, then the last line.
constexpr const char* kHead = "scoria wrong kernels 1";
constexpr const char* kEnd = "end";

using Wrong = std::vector<std::pair<std::string, std::string>>;

std::filesystem::path verdict_file(const Device& device) {
  const std::filesystem::path folder = cache_folder();
  if (folder.empty()) return {};
  return folder / fmt::format("kernels-{}-{:08x}-{:016x}.txt", device.info().uuid,
                              device.backend().caps()->driver_version, kernels_fingerprint());
}

/// Absent if there is no such file, or if it is not whole.
std::optional<Wrong> read_verdicts(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line) || line != kHead) return std::nullopt;
  Wrong wrong;
  while (std::getline(in, line) && line != kEnd) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) return std::nullopt;
    wrong.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return line == kEnd ? std::optional(wrong) : std::nullopt;
}

/// A file that cannot be written is no error: the next start tests again.
void write_verdicts(const std::filesystem::path& file, const Wrong& wrong) {
  std::error_code failed;
  std::filesystem::create_directories(file.parent_path(), failed);
  std::ofstream out(file, std::ios::trunc);
  out << kHead << '\n';
  for (const auto& [op, kernel] : wrong) out << op << ' ' << kernel << '\n';
  out << kEnd << '\n';
}

Wrong test(const Device& device) {
  log(LogLevel::Info, fmt::format("testing every kernel on {}, once for this driver", device.info().name));
  Wrong wrong;
  for (const KernelVerdict& verdict : self_test(device)) {
    if (verdict.state == KernelVerdict::State::Wrong) wrong.emplace_back(verdict.op, verdict.kernel);
  }
  return wrong;
}

}  // namespace

int avoid_wrong_kernels(const Device& device) {
  const DeviceCaps* caps = device.backend().caps();
  if (!caps || caps->device_class == DeviceClass::Cpu) return 0;
  const std::filesystem::path file = verdict_file(device);
  std::optional<Wrong> wrong = file.empty() ? std::nullopt : read_verdicts(file);
  if (!wrong) {
    wrong = test(device);
    if (!file.empty()) write_verdicts(file, *wrong);
  }
  for (const auto& [op, kernel] : *wrong) {
    distrust(*caps, op, kernel);
    log(LogLevel::Warning, fmt::format("{} computes {} wrongly with kernel {}, which is not used (doctor --selftest "
                                       "tells more)",
                                       device.info().name, op, kernel));
  }
  return static_cast<int>(wrong->size());
}

}  // namespace scoria
