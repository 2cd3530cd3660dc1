#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "backend/vulkan/instance.h"
#include "graph/device_caps.h"
#include "scoria/device.h"

namespace scoria::vulkan {

/// All that is asked of a physical device before it is opened.
struct Probe {
  VkPhysicalDevice handle = VK_NULL_HANDLE;
  DeviceInfo info;
  DeviceCaps caps;
  std::vector<VkExtensionProperties> extensions;
  VkPhysicalDeviceMemoryProperties memory{};
  VkPhysicalDeviceLimits limits{};
  VkPhysicalDeviceFeatures features{};  ///< of the 1.0 core
  VkPhysicalDeviceVulkan12Features features12{};
  bool storage16 = false;
  bool pipeline_statistics = false;  ///< the driver tells what its compiler made
  std::uint32_t queue_family = 0;
  std::uint32_t timestamp_bits = 0;  ///< 0: no timestamps on the queue
  std::uint32_t api_version = 0;
  std::uint32_t subgroup_stages = 0;  ///< stages that may require a subgroup size

  bool has(std::string_view extension) const;
};

/// Asks one device. Never refuses: DeviceInfo::refusal does.
Probe probe_device(VkPhysicalDevice handle, int index);

/// All devices of the instance, in the loader's order.
std::vector<Probe> probe_devices(const Instance& instance);

/// Bytes free in the heap that tensors live in, as VK_EXT_memory_budget tells; 0 if it does not.
std::uint64_t free_bytes(const Probe& probe);

}  // namespace scoria::vulkan
