// A Vulkan layer that stands between a program and its driver and pretends what drivers do elsewhere.
//
//   VK_LAYER_PATH=FOLDER VK_INSTANCE_LAYERS=VK_LAYER_SCORIA_pretend VARIABLE=VALUE pretrain ...
//
//   SCORIA_PRETEND_LOST_ONCE=PATH         from the moment that PATH exists, submits and waits answer
//                                         VK_ERROR_DEVICE_LOST and no work reaches the driver: a reset
//   SCORIA_PRETEND_MAX_ALLOCATION=BYTES   maxMemoryAllocationSize, which the driver itself does not check
//
// Knows one instance and one device at a time.

#include <unistd.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

namespace {

PFN_vkGetInstanceProcAddr next_instance_function = nullptr;
PFN_vkGetDeviceProcAddr next_device_function = nullptr;
PFN_vkGetPhysicalDeviceProperties2 next_properties = nullptr;
PFN_vkQueueSubmit next_submit = nullptr;
PFN_vkWaitForFences next_wait = nullptr;
PFN_vkDeviceWaitIdle next_wait_idle = nullptr;

bool is_lost() {
  static std::atomic<bool> lost{false};
  const char* path = std::getenv("SCORIA_PRETEND_LOST_ONCE");
  if (!lost && path && ::access(path, F_OK) == 0) lost = true;
  return lost;
}

/// The loader's own link in the chain of a create info.
template <typename Link>
Link* find_link(const void* chain, VkStructureType type) {
  auto* link = static_cast<Link*>(const_cast<void*>(chain));
  while (link->sType != type || link->function != VK_LAYER_LINK_INFO) {
    link = static_cast<Link*>(const_cast<void*>(link->pNext));
  }
  return link;
}

VKAPI_ATTR VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo* info, const VkAllocationCallbacks* callbacks,
                                               VkInstance* instance) {
  auto* link = find_link<VkLayerInstanceCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
  next_instance_function = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  const auto create = reinterpret_cast<PFN_vkCreateInstance>(next_instance_function(nullptr, "vkCreateInstance"));
  const VkResult result = create(info, callbacks, instance);
  if (result != VK_SUCCESS) return result;
  next_properties = reinterpret_cast<PFN_vkGetPhysicalDeviceProperties2>(
      next_instance_function(*instance, "vkGetPhysicalDeviceProperties2"));
  return result;
}

VKAPI_ATTR void VKAPI_CALL properties(VkPhysicalDevice physical, VkPhysicalDeviceProperties2* properties) {
  next_properties(physical, properties);
  const char* bytes = std::getenv("SCORIA_PRETEND_MAX_ALLOCATION");
  for (auto* link = static_cast<VkBaseOutStructure*>(properties->pNext); link && bytes; link = link->pNext) {
    if (link->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES) continue;
    reinterpret_cast<VkPhysicalDeviceVulkan11Properties*>(link)->maxMemoryAllocationSize =
        std::strtoull(bytes, nullptr, 10);
  }
}

VKAPI_ATTR VkResult VKAPI_CALL create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo* info,
                                             const VkAllocationCallbacks* callbacks, VkDevice* device) {
  auto* link = find_link<VkLayerDeviceCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
  next_device_function = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
  const PFN_vkGetInstanceProcAddr instance_function = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  const auto create = reinterpret_cast<PFN_vkCreateDevice>(instance_function(nullptr, "vkCreateDevice"));
  const VkResult result = create(physical, info, callbacks, device);
  if (result != VK_SUCCESS) return result;
  next_submit = reinterpret_cast<PFN_vkQueueSubmit>(next_device_function(*device, "vkQueueSubmit"));
  next_wait = reinterpret_cast<PFN_vkWaitForFences>(next_device_function(*device, "vkWaitForFences"));
  next_wait_idle = reinterpret_cast<PFN_vkDeviceWaitIdle>(next_device_function(*device, "vkDeviceWaitIdle"));
  return result;
}

VKAPI_ATTR VkResult VKAPI_CALL submit(VkQueue queue, std::uint32_t count, const VkSubmitInfo* infos, VkFence fence) {
  return is_lost() ? VK_ERROR_DEVICE_LOST : next_submit(queue, count, infos, fence);
}

// What was submitted before the loss is waited for, so that the program may free its memory.
VKAPI_ATTR VkResult VKAPI_CALL wait(VkDevice device, std::uint32_t count, const VkFence* fences, VkBool32 all,
                                    std::uint64_t timeout) {
  const VkResult result = next_wait(device, count, fences, all, timeout);
  return is_lost() ? VK_ERROR_DEVICE_LOST : result;
}

VKAPI_ATTR VkResult VKAPI_CALL wait_idle(VkDevice device) {
  const VkResult result = next_wait_idle(device);
  return is_lost() ? VK_ERROR_DEVICE_LOST : result;
}

PFN_vkVoidFunction own_device_function(std::string_view name) {
  if (name == "vkQueueSubmit") return reinterpret_cast<PFN_vkVoidFunction>(submit);
  if (name == "vkWaitForFences") return reinterpret_cast<PFN_vkVoidFunction>(wait);
  if (name == "vkDeviceWaitIdle") return reinterpret_cast<PFN_vkVoidFunction>(wait_idle);
  return nullptr;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL device_function(VkDevice device, const char* name) {
  if (const PFN_vkVoidFunction own = own_device_function(name)) return own;
  return next_device_function(device, name);
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL instance_function(VkInstance instance, const char* name) {
  const std::string_view wanted(name);
  if (wanted == "vkCreateInstance") return reinterpret_cast<PFN_vkVoidFunction>(create_instance);
  if (wanted == "vkCreateDevice") return reinterpret_cast<PFN_vkVoidFunction>(create_device);
  if (wanted == "vkGetPhysicalDeviceProperties2") return reinterpret_cast<PFN_vkVoidFunction>(properties);
  if (wanted == "vkGetDeviceProcAddr") return reinterpret_cast<PFN_vkVoidFunction>(device_function);
  if (const PFN_vkVoidFunction own = own_device_function(wanted)) return own;
  return next_instance_function ? next_instance_function(instance, name) : nullptr;
}

}  // namespace

extern "C" VK_LAYER_EXPORT VKAPI_ATTR VkResult VKAPI_CALL
vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface* version) {
  version->loaderLayerInterfaceVersion = CURRENT_LOADER_LAYER_INTERFACE_VERSION;
  version->pfnGetInstanceProcAddr = instance_function;
  version->pfnGetDeviceProcAddr = device_function;
  version->pfnGetPhysicalDeviceProcAddr = nullptr;
  return VK_SUCCESS;
}
