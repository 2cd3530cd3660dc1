#include "backend/vulkan/memory_type.h"

namespace scoria::vulkan {
namespace {

constexpr VkMemoryPropertyFlags kVisible = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
constexpr VkMemoryPropertyFlags kDevice = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
constexpr VkMemoryPropertyFlags kCached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
// Protected memory cannot be read back, lazily allocated memory is for attachments, and AMD's device-coherent types
// are uncached on the device, slow for all but debugging tools.
constexpr VkMemoryPropertyFlags kUnfit = VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT | VK_MEMORY_PROPERTY_PROTECTED_BIT |
                                         VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD |
                                         VK_MEMORY_PROPERTY_DEVICE_UNCACHED_BIT_AMD;

/// Higher is better; -1 if the type cannot serve.
int score(VkMemoryPropertyFlags flags, MemoryUse use, bool unified) {
  const bool visible = (flags & kVisible) == kVisible;
  const bool device = flags & kDevice, cached = flags & kCached;
  if (flags & kUnfit) return -1;
  switch (use) {
    case MemoryUse::Device:
      if (unified) return (device ? 4 : 0) + (visible ? 2 : 0) + (cached ? 1 : 0);
      return (device ? 4 : 0) + (visible ? 0 : 1);
    case MemoryUse::Upload:
      // The small window of device memory that the host sees is left to the driver, hence the point for "not device".
      return visible ? (device ? 0 : 2) + (cached ? 0 : 1) : -1;
    case MemoryUse::Readback:
    case MemoryUse::Shared:
      return visible ? (device ? 0 : 1) + (cached ? 2 : 0) : -1;
  }
  return -1;
}

}  // namespace

std::optional<std::uint32_t> choose_memory_type(const VkPhysicalDeviceMemoryProperties& memory, std::uint32_t allowed,
                                                MemoryUse use, bool unified) {
  std::optional<std::uint32_t> best;
  int best_score = -1;
  VkDeviceSize best_heap = 0;
  for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
    if (!((allowed >> i) & 1u)) continue;
    const int s = score(memory.memoryTypes[i].propertyFlags, use, unified);
    const VkDeviceSize heap = memory.memoryHeaps[memory.memoryTypes[i].heapIndex].size;
    if (s < 0 || s < best_score || (s == best_score && heap <= best_heap)) continue;
    best = i;
    best_score = s;
    best_heap = heap;
  }
  return best;
}

std::uint32_t tensor_heap(const VkPhysicalDeviceMemoryProperties& memory, bool unified) {
  const auto type = choose_memory_type(memory, ~0u, MemoryUse::Device, unified);
  return type ? memory.memoryTypes[*type].heapIndex : 0;
}

}  // namespace scoria::vulkan
