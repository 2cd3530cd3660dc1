#pragma once

#include <cstdint>
#include <optional>

#include "backend/vulkan/vk.h"

namespace scoria::vulkan {

/// What a buffer is for, which decides where it lies.
enum class MemoryUse {
  Device,    ///< kernels read and write it
  Upload,    ///< the host writes it, the device copies it
  Readback,  ///< the device copies into it, the host reads it
  Shared,    ///< kernels and the host both see it: a few bytes, for it is slow on a discrete device
};

/// The best memory type among `allowed` (bits) for a use; on a device with unified memory, Device is also visible
/// to the host. Absent if none serves. A pure function.
std::optional<std::uint32_t> choose_memory_type(const VkPhysicalDeviceMemoryProperties& memory, std::uint32_t allowed,
                                                MemoryUse use, bool unified);

/// The heap that tensors live in.
std::uint32_t tensor_heap(const VkPhysicalDeviceMemoryProperties& memory, bool unified);

}  // namespace scoria::vulkan
