#include "support/test_device.h"

#include <cstdlib>
#include <optional>

#include "scoria/error.h"

namespace scoria::test {
namespace {

struct VulkanDevice {
  std::optional<Device> device;
  std::string refusal;
};

VulkanDevice open_vulkan() {
  const char* named = std::getenv("SCORIA_TEST_DEVICE");
  const std::string selector = named ? named : "llvmpipe";
  if (selector == "none") return {std::nullopt, "SCORIA_TEST_DEVICE=none"};
  try {
    return {Device::open(selector), ""};
  } catch (const Error& error) {
    return {std::nullopt, error.what()};
  }
}

const VulkanDevice& vulkan() {
  static const VulkanDevice opened = open_vulkan();
  return opened;
}

}  // namespace

const Device& cpu_test_device() {
  static const Device device = Device::open("cpu");
  return device;
}

const Device* vulkan_test_device() { return vulkan().device ? &*vulkan().device : nullptr; }
const std::string& vulkan_test_device_refusal() { return vulkan().refusal; }

}  // namespace scoria::test
