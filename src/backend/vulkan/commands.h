#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "backend/vulkan/vulkan_device.h"

namespace scoria::vulkan {

/// A pool and the primary command buffers of one owner.
class CommandPool {
 public:
  explicit CommandPool(VulkanDevice& device);
  ~CommandPool();
  CommandPool(const CommandPool&) = delete;
  CommandPool& operator=(const CommandPool&) = delete;

  /// A command buffer ready to be recorded; it lives until reset().
  VkCommandBuffer begin();
  void end(VkCommandBuffer commands);
  /// Takes all command buffers back. None may be in use.
  void reset();

 private:
  VulkanDevice& device_;
  VkCommandPool handle_ = VK_NULL_HANDLE;
  std::vector<VkCommandBuffer> buffers_;
  std::size_t used_ = 0;
};

class Fence {
 public:
  explicit Fence(VulkanDevice& device);
  ~Fence();
  Fence(const Fence&) = delete;
  Fence& operator=(const Fence&) = delete;

  VkFence handle() const { return handle_; }
  /// Waits and resets. `progress` returns a number that changes while the device works; if it stays for the device's
  /// patience, throws Error (Device) and gives the device up.
  void wait(const std::function<std::uint64_t()>& progress);

 private:
  VulkanDevice& device_;
  VkFence handle_ = VK_NULL_HANDLE;
};

/// Timestamps.
class QueryPool {
 public:
  QueryPool(VulkanDevice& device, std::uint32_t count);
  ~QueryPool();
  QueryPool(const QueryPool&) = delete;
  QueryPool& operator=(const QueryPool&) = delete;

  VkQueryPool handle() const { return handle_; }

 private:
  VulkanDevice& device_;
  VkQueryPool handle_ = VK_NULL_HANDLE;
};

/// One global memory barrier.
void record_barrier(VolkDeviceTable& calls, VkCommandBuffer commands, VkPipelineStageFlags from,
                    VkAccessFlags from_access, VkPipelineStageFlags to, VkAccessFlags to_access);

}  // namespace scoria::vulkan
