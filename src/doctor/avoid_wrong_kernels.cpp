#include <fmt/format.h>

#include <optional>

#include "backend/backend.h"
#include "backend/vulkan/vulkan_backend.h"
#include "base/cache_folder.h"
#include "base/log.h"
#include "doctor/verdict_file.h"
#include "graph/distrust.h"
#include "scoria/doctor.h"

namespace scoria {
namespace {

std::filesystem::path verdict_file(const Device& device) {
  const std::filesystem::path folder = cache_folder();
  if (folder.empty()) return {};
  return folder / fmt::format("kernels-{}-{:016x}.txt", device_key(*device.backend().caps(), device.info().uuid),
                              kernels_fingerprint());
}

WrongKernels test(const Device& device) {
  log(LogLevel::Info, fmt::format("testing every kernel on {}, once for this driver", device.info().name));
  WrongKernels wrong;
  for (const KernelVerdict& verdict : self_test(device)) {
    if (verdict.state == KernelVerdict::State::Wrong) wrong.emplace_back(verdict.op, verdict.kernel);
    if (verdict.state != KernelVerdict::State::Suspect) continue;
    log(LogLevel::Warning, fmt::format("{}: {} {} took part in a wrong result, {}; doctor --selftest tells more",
                                       device.info().name, verdict.op, verdict.kernel, verdict.note));
  }
  return wrong;
}

}  // namespace

int avoid_wrong_kernels(const Device& device) {
  const DeviceCaps* caps = device.backend().caps();
  if (!caps || caps->device_class == DeviceClass::Cpu) return 0;
  const std::filesystem::path file = verdict_file(device);
  std::optional<WrongKernels> wrong = file.empty() ? std::nullopt : read_verdicts(file);
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
