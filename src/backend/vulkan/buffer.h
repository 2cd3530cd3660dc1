#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "backend/vulkan/memory_type.h"
#include "backend/vulkan/vulkan_device.h"

namespace scoria::vulkan {

/// A buffer with an allocation of its own. Contents are undefined when made.
class Buffer {
 public:
  /// `name` is what a message calls it: "the activation arena". Throws Error (Memory) with sizes if it does not fit.
  Buffer(VulkanDevice& device, std::uint64_t bytes, MemoryUse use, const std::string& name);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  VkBuffer handle() const { return handle_; }
  std::uint64_t bytes() const { return bytes_; }
  /// For kernels; 0 for Upload and Readback.
  std::uint64_t address() const { return address_; }
  /// Where the host sees the memory (coherent); nullptr if it does not.
  std::byte* mapped() const { return mapped_; }
  /// Reading it there is fast.
  bool cached() const { return cached_; }

 private:
  void allocate(MemoryUse use, const std::string& name);
  void destroy();

  VulkanDevice& device_;
  std::uint64_t bytes_;
  std::uint64_t allocation_bytes_ = 0;
  VkBuffer handle_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  std::uint64_t address_ = 0;
  std::byte* mapped_ = nullptr;
  bool cached_ = false;
};

}  // namespace scoria::vulkan
