#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "backend/vulkan/instance.h"
#include "backend/vulkan/probe.h"

namespace scoria::vulkan {

/// An opened device: its queue, its table of functions, and what is counted about it.
class VulkanDevice {
 public:
  /// Throws Error (Device) if the device is refused or cannot be opened.
  VulkanDevice(std::shared_ptr<Instance> instance, Probe probe);
  ~VulkanDevice();
  VulkanDevice(const VulkanDevice&) = delete;
  VulkanDevice& operator=(const VulkanDevice&) = delete;

  const Probe& probe() const { return probe_; }
  const DeviceCaps& caps() const { return probe_.caps; }
  const Instance& instance() const { return *instance_; }
  VkDevice handle() const { return handle_; }
  /// The device's functions. Not const, so that tests can put a failing function in the place of a real one.
  VolkDeviceTable& calls() { return calls_; }

  /// Throws Error unless the result is VK_SUCCESS. After a lost device the message holds what
  /// VK_EXT_device_fault tells.
  void check(VkResult result, std::string_view what);
  /// One submit of one command buffer at a time: queues are not thread-safe.
  void submit(VkCommandBuffer commands, VkFence fence);
  /// Gives an object a name that validation, RenderDoc and Nsight show; nothing when nobody looks.
  void name(VkObjectType type, std::uint64_t object, const std::string& name);

  /// The device hangs: it may use its objects for ever, so they are left as they are, never destroyed.
  bool hung() const { return hung_; }
  void give_up() { hung_ = true; }
  /// Waits until the device has nothing more to do; for destructors, so a failure is only logged.
  void wait_idle() noexcept;

  /// Names of the kernels around a dispatch are recorded.
  bool naming() const { return instance_->naming(); }
  /// Seconds without a finished submit after which the device is said to hang.
  double patience_s = 60;
  /// Milliseconds that one submit should take at most.
  double submit_budget_ms = 100;

  std::atomic<std::uint64_t> allocation_count{0};  ///< calls of vkAllocateMemory so far
  std::atomic<std::uint64_t> allocated_bytes{0};   ///< now

 private:
  void create();
  std::string describe_fault();

  std::shared_ptr<Instance> instance_;
  Probe probe_;
  VkDevice handle_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  VolkDeviceTable calls_{};
  std::mutex queue_mutex_;
  std::atomic<bool> hung_{false};
  bool fault_known_ = false;
};

}  // namespace scoria::vulkan
