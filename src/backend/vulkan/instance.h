#pragma once

#include <memory>
#include <vector>

#include "backend/vulkan/vk.h"

namespace scoria::vulkan {

/// The Vulkan instance of the process: made when first asked for, destroyed with its last holder.
class Instance {
 public:
  /// Throws Error (Device) that says what is missing: the loader, a driver, the validation layer.
  static std::shared_ptr<Instance> get();
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  VkInstance handle() const { return handle_; }
  /// SCORIA_VALIDATE is set, so the Khronos validation layer listens.
  bool validating() const { return validating_; }
  /// GPU-assisted validation rewrites shaders and needs device features that the engine does not.
  bool validating_on_gpu() const { return validating_on_gpu_; }
  /// Objects can be given names, and someone looks: validation or SCORIA_DEBUG.
  bool naming() const { return naming_; }
  std::vector<VkPhysicalDevice> physical_devices() const;

 private:
  Instance();
  void create();
  void listen();

  VkInstance handle_ = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  bool validating_ = false;
  bool validating_on_gpu_ = false;
  bool naming_ = false;
};

}  // namespace scoria::vulkan
