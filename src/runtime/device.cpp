#include "scoria/device.h"

#include "backend/cpu/cpu_backend.h"
#include "backend/vulkan/vulkan_backend.h"
#include "base/cpu_isa.h"
#include "runtime/device_choice.h"

namespace scoria {

struct Device::State {
  std::shared_ptr<Backend> backend;
  std::string reason;
};

Device Device::open(std::string_view selector) {
  cpu_isa();  // refuses a wrong SCORIA_CPU_ISA here, not within a loop
  // Neither of these two may touch the Vulkan loader.
  Device device;
  if (selector == "cpu") {
    device.state_ = std::make_shared<State>(State{open_cpu(), "asked for"});
    return device;
  }
  if (selector == "reference") {
    device.state_ = std::make_shared<State>(State{open_reference(), "asked for"});
    return device;
  }
  const std::vector<DeviceInfo> devices = list_vulkan_devices();
  const DeviceChoice choice = choose_device(selector, devices, devices.empty() ? vulkan_unavailable_reason() : "");
  device.state_ =
      std::make_shared<State>(State{choice.index >= 0 ? open_vulkan_device(choice.index) : open_cpu(), choice.reason});
  return device;
}

std::vector<DeviceInfo> Device::list() {
  std::vector<DeviceInfo> devices = list_vulkan_devices();
  devices.push_back(open_cpu()->info());
  return devices;
}

const DeviceInfo& Device::info() const { return state_->backend->info(); }
const std::string& Device::choice_reason() const { return state_->reason; }
Backend& Device::backend() const { return *state_->backend; }

}  // namespace scoria
