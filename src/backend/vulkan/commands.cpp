#include "backend/vulkan/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "scoria/error.h"

namespace scoria::vulkan {

CommandPool::CommandPool(VulkanDevice& device) : device_(device) {
  auto info = of_type<VkCommandPoolCreateInfo>(VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO);
  info.queueFamilyIndex = device.probe().queue_family;
  device.check(device.calls().vkCreateCommandPool(device.handle(), &info, nullptr, &handle_), "vkCreateCommandPool");
}

CommandPool::~CommandPool() {
  if (!device_.hung()) device_.calls().vkDestroyCommandPool(device_.handle(), handle_, nullptr);
}

VkCommandBuffer CommandPool::begin() {
  if (used_ == buffers_.size()) {
    auto info = of_type<VkCommandBufferAllocateInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO);
    info.commandPool = handle_;
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    info.commandBufferCount = 1;
    VkCommandBuffer made = VK_NULL_HANDLE;
    device_.check(device_.calls().vkAllocateCommandBuffers(device_.handle(), &info, &made), "vkAllocateCommandBuffers");
    buffers_.push_back(made);
  }
  const VkCommandBuffer commands = buffers_[used_++];
  auto info = of_type<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
  device_.check(device_.calls().vkBeginCommandBuffer(commands, &info), "vkBeginCommandBuffer");
  return commands;
}

void CommandPool::end(VkCommandBuffer commands) {
  device_.check(device_.calls().vkEndCommandBuffer(commands), "vkEndCommandBuffer");
}

void CommandPool::reset() {
  used_ = 0;
  device_.check(device_.calls().vkResetCommandPool(device_.handle(), handle_, 0), "vkResetCommandPool");
}

Fence::Fence(VulkanDevice& device) : device_(device) {
  auto info = of_type<VkFenceCreateInfo>(VK_STRUCTURE_TYPE_FENCE_CREATE_INFO);
  device.check(device.calls().vkCreateFence(device.handle(), &info, nullptr, &handle_), "vkCreateFence");
}

Fence::~Fence() {
  if (!device_.hung()) device_.calls().vkDestroyFence(device_.handle(), handle_, nullptr);
}

void Fence::wait(const std::function<std::uint64_t()>& progress) {
  using Clock = std::chrono::steady_clock;
  auto seen_at = Clock::now();
  std::uint64_t seen = progress();
  const double slice_s = std::clamp(device_.patience_s / 10, 0.001, 1.0);
  for (;;) {
    const VkResult result = device_.calls().vkWaitForFences(device_.handle(), 1, &handle_, VK_TRUE,
                                                            static_cast<std::uint64_t>(slice_s * 1e9));
    if (result != VK_TIMEOUT) {
      device_.check(result, "vkWaitForFences");
      break;
    }
    const std::uint64_t now_seen = progress();
    const auto now = Clock::now();
    if (now_seen != seen) {
      seen = now_seen;
      seen_at = now;
    }
    if (std::chrono::duration<double>(now - seen_at).count() < device_.patience_s) continue;
    device_.give_up();
    throw Error(ErrorKind::Device, fmt::format("{}: no progress for {} s after {} submits; the device hangs. Restart "
                                               "the program, and if it happens again the driver",
                                               device_.probe().info.name, device_.patience_s, seen));
  }
  device_.check(device_.calls().vkResetFences(device_.handle(), 1, &handle_), "vkResetFences");
}

QueryPool::QueryPool(VulkanDevice& device, std::uint32_t count) : device_(device) {
  auto info = of_type<VkQueryPoolCreateInfo>(VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO);
  info.queryType = VK_QUERY_TYPE_TIMESTAMP;
  info.queryCount = count;
  device.check(device.calls().vkCreateQueryPool(device.handle(), &info, nullptr, &handle_), "vkCreateQueryPool");
}

QueryPool::~QueryPool() {
  if (!device_.hung()) device_.calls().vkDestroyQueryPool(device_.handle(), handle_, nullptr);
}

void record_barrier(VolkDeviceTable& calls, VkCommandBuffer commands, VkPipelineStageFlags from,
                    VkAccessFlags from_access, VkPipelineStageFlags to, VkAccessFlags to_access) {
  auto barrier = of_type<VkMemoryBarrier>(VK_STRUCTURE_TYPE_MEMORY_BARRIER);
  barrier.srcAccessMask = from_access;
  barrier.dstAccessMask = to_access;
  calls.vkCmdPipelineBarrier(commands, from, to, 0, 1, &barrier, 0, nullptr, 0, nullptr);
}

}  // namespace scoria::vulkan
