#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>

#include "backend/vulkan/buffer.h"
#include "backend/vulkan/commands.h"

namespace scoria::vulkan {

/// Copies between host and device outside a step, and waits. Straight through mapped memory where that is fast,
/// otherwise through a staging buffer, piece by piece.
class Transfer {
 public:
  explicit Transfer(VulkanDevice& device) : device_(device) {}

  void write(const Buffer& to, std::uint64_t offset, std::span<const std::byte> bytes);
  void read(const Buffer& from, std::uint64_t offset, std::span<std::byte> bytes);
  /// Copies all of `from` on the device.
  void copy(const Buffer& from, const Buffer& to);
  /// Fills whole 32-bit words; the buffer's length is a multiple of four.
  void fill(const Buffer& to, std::uint32_t pattern);

 private:
  struct Tools {
    explicit Tools(VulkanDevice& device) : pool(device), fence(device) {}
    CommandPool pool;
    Fence fence;
    std::unique_ptr<Buffer> upload, readback;
  };
  Tools& tools();
  void copy_and_wait(VkBuffer from, std::uint64_t from_offset, VkBuffer to, std::uint64_t to_offset,
                     std::uint64_t bytes);
  void submit_and_wait(const std::function<void(VkCommandBuffer)>& record);

  VulkanDevice& device_;
  std::mutex mutex_;
  std::unique_ptr<Tools> tools_;
};

}  // namespace scoria::vulkan
