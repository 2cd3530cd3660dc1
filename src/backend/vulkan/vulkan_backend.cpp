#include "backend/vulkan/vulkan_backend.h"

#include <fmt/format.h>

#include "backend/vulkan/peaks.h"
#include "backend/vulkan/shaders.h"
#include "backend/vulkan/vulkan_executable.h"
#include "base/check.h"
#include "scoria/error.h"

namespace scoria {
namespace vulkan {
namespace {

class VulkanBackend : public Backend {
 public:
  explicit VulkanBackend(std::shared_ptr<OpenDevice> open) : open_(std::move(open)) {}

  const DeviceInfo& info() const override { return open_->device.probe().info; }
  const DeviceCaps* caps() const override { return &open_->device.caps(); }
  std::shared_ptr<StateStore> make_state_store() override { return std::make_shared<VulkanStateStore>(open_); }

  std::unique_ptr<Executable> load(Program program, std::shared_ptr<StateStore> store) override {
    auto own = std::dynamic_pointer_cast<VulkanStateStore>(store);
    SCORIA_CHECK(own && own->device() == open_.get(), "a state store of another device");
    return std::make_unique<VulkanExecutable>(open_, std::move(program), std::move(own));
  }
  DevicePeaks measure_peaks() override { return vulkan::measure_peaks(*this, *open_); }

  std::vector<PipelineStatistics> compile(std::span<const Dispatch> dispatches) override {
    if (!open_->device.probe().pipeline_statistics) {
      throw Error(ErrorKind::Device,
                  fmt::format("{} ({}) tells nothing of its compiler: VK_KHR_pipeline_executable_properties is missing; "
                              "take another driver, or --selftest",
                              info().name, info().driver));
    }
    std::vector<PipelineStatistics> statistics;
    for (const Dispatch& d : dispatches)
      statistics.push_back(open_->pipelines.compile({d.shader, d.constants, d.subgroup_size}));
    return statistics;
  }

 private:
  std::shared_ptr<OpenDevice> open_;
};

struct Found {
  std::shared_ptr<Instance> instance;
  Probe probe;
};

Found find_device(int index) {
  auto instance = Instance::get();
  const auto handles = instance->physical_devices();
  if (index < 0 || index >= static_cast<int>(handles.size())) {
    throw Error(ErrorKind::Device, fmt::format("no Vulkan device {}; {} seen", index, handles.size()));
  }
  return {instance, probe_device(handles[static_cast<std::size_t>(index)], index)};
}

/// The devices, or why there are none.
struct Listing {
  std::vector<DeviceInfo> devices;
  std::string reason;
};

Listing list_devices() {
  Listing listing;
  try {
    for (Probe& probe : probe_devices(*Instance::get())) listing.devices.push_back(std::move(probe.info));
    if (listing.devices.empty()) listing.reason = "the Vulkan drivers found no device";
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::Usage) throw;
    listing.devices.clear();
    listing.reason = error.what();
  }
  return listing;
}

}  // namespace
}  // namespace vulkan

std::vector<DeviceInfo> list_vulkan_devices() { return vulkan::list_devices().devices; }

std::string vulkan_unavailable_reason() { return vulkan::list_devices().reason; }

std::shared_ptr<Backend> open_vulkan_device(int index) {
  vulkan::Found found = vulkan::find_device(index);
  return std::make_shared<vulkan::VulkanBackend>(
      std::make_shared<vulkan::OpenDevice>(std::move(found.instance), std::move(found.probe)));
}

std::uint64_t kernels_fingerprint() {
  std::uint64_t hash = 0xcbf29ce484222325ull;  // FNV-1a, by words
  for (const std::string_view name : shader_names()) {
    for (const std::uint32_t word : find_shader(name)) hash = (hash ^ word) * 0x100000001b3ull;
  }
  return hash;
}

}  // namespace scoria
