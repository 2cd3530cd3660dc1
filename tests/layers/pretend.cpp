// A Vulkan layer that stands between a program and its driver and pretends what drivers do elsewhere.
//
//   VK_LAYER_PATH=FOLDER VK_INSTANCE_LAYERS=VK_LAYER_SCORIA_pretend VARIABLE=VALUE pretrain ...
//
//   SCORIA_PRETEND_LOST_ONCE=PATH         from the moment that PATH exists, submits and waits answer
//                                         VK_ERROR_DEVICE_LOST and no work reaches the driver: a reset
//   SCORIA_PRETEND_MAX_ALLOCATION=BYTES   maxMemoryAllocationSize, which the driver itself does not check
//   SCORIA_PRETEND_WITHOUT=NAME,NAME      these bits of VkPhysicalDevice...Features are off, while extensions and
//                                         properties stay; a device that is created with one is refused
//   SCORIA_PRETEND_DEVICE=VENDOR:DEVICE   (hexadecimal) another card, a discrete one, in the same slot: the same deviceUUID
//
// Knows one instance and one device at a time.

#include <unistd.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

PFN_vkGetInstanceProcAddr next_instance_function = nullptr;
PFN_vkGetDeviceProcAddr next_device_function = nullptr;
PFN_vkGetPhysicalDeviceProperties next_core_properties = nullptr;
PFN_vkGetPhysicalDeviceProperties2 next_properties = nullptr;
PFN_vkGetPhysicalDeviceFeatures2 next_features = nullptr;
PFN_vkQueueSubmit next_submit = nullptr;
PFN_vkWaitForFences next_wait = nullptr;
PFN_vkDeviceWaitIdle next_wait_idle = nullptr;

bool is_lost() {
  static std::atomic<bool> lost{false};
  const char* path = std::getenv("SCORIA_PRETEND_LOST_ONCE");
  if (!lost && path && ::access(path, F_OK) == 0) lost = true;
  return lost;
}

/// A feature bit, by where it lies in its struct.
struct Feature {
  std::string_view name;
  VkStructureType type;
  std::size_t offset;
};

#define SCORIA_CORE_FEATURE(name)                                                                          \
  {                                                                                                        \
    #name, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, offsetof(VkPhysicalDeviceFeatures2, features.name) \
  }
#define SCORIA_FEATURE(type, of, name) \
  { #name, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_##type, offsetof(VkPhysicalDevice##of, name) }
constexpr Feature kFeatures[] = {
    SCORIA_CORE_FEATURE(shaderInt64),
    SCORIA_CORE_FEATURE(shaderInt16),
    SCORIA_FEATURE(VULKAN_1_1_FEATURES, Vulkan11Features, storageBuffer16BitAccess),
    SCORIA_FEATURE(VULKAN_1_2_FEATURES, Vulkan12Features, shaderFloat16),
    SCORIA_FEATURE(VULKAN_1_2_FEATURES, Vulkan12Features, shaderInt8),
    SCORIA_FEATURE(VULKAN_1_2_FEATURES, Vulkan12Features, storageBuffer8BitAccess),
    SCORIA_FEATURE(VULKAN_1_2_FEATURES, Vulkan12Features, scalarBlockLayout),
    SCORIA_FEATURE(VULKAN_1_2_FEATURES, Vulkan12Features, vulkanMemoryModel),
    SCORIA_FEATURE(VULKAN_1_2_FEATURES, Vulkan12Features, vulkanMemoryModelDeviceScope),
    SCORIA_FEATURE(VULKAN_1_2_FEATURES, Vulkan12Features, bufferDeviceAddress),
    SCORIA_FEATURE(SUBGROUP_SIZE_CONTROL_FEATURES, SubgroupSizeControlFeatures, subgroupSizeControl),
    SCORIA_FEATURE(SUBGROUP_SIZE_CONTROL_FEATURES, SubgroupSizeControlFeatures, computeFullSubgroups),
    SCORIA_FEATURE(FAULT_FEATURES_EXT, FaultFeaturesEXT, deviceFault),
#ifdef VK_KHR_cooperative_matrix
    SCORIA_FEATURE(COOPERATIVE_MATRIX_FEATURES_KHR, CooperativeMatrixFeaturesKHR, cooperativeMatrix),
#endif
};

bool is_off(std::string_view name) {
  const char* variable = std::getenv("SCORIA_PRETEND_WITHOUT");
  for (std::string_view rest = variable ? variable : ""; !rest.empty();) {
    const std::string_view item = rest.substr(0, rest.find(','));
    if (item == name) return true;
    rest.remove_prefix(item.size() == rest.size() ? item.size() : item.size() + 1);
  }
  return false;
}

/// Calls visit(bit) for each feature that is off in a chain of feature structs.
template <typename Visit>
void for_each_off(const void* chain, const Visit& visit) {
  for (auto* link = static_cast<const VkBaseOutStructure*>(chain); link; link = link->pNext) {
    for (const Feature& feature : kFeatures) {
      if (feature.type != link->sType || !is_off(feature.name)) continue;
      auto* bytes = reinterpret_cast<std::byte*>(const_cast<VkBaseOutStructure*>(link));
      visit(*reinterpret_cast<VkBool32*>(bytes + feature.offset));
    }
  }
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
  next_core_properties = reinterpret_cast<PFN_vkGetPhysicalDeviceProperties>(
      next_instance_function(*instance, "vkGetPhysicalDeviceProperties"));
  next_features = reinterpret_cast<PFN_vkGetPhysicalDeviceFeatures2>(
      next_instance_function(*instance, "vkGetPhysicalDeviceFeatures2"));
  return result;
}

VKAPI_ATTR void VKAPI_CALL core_properties(VkPhysicalDevice physical, VkPhysicalDeviceProperties* properties) {
  next_core_properties(physical, properties);
  const char* ids = std::getenv("SCORIA_PRETEND_DEVICE");
  unsigned vendor = 0, device = 0;
  if (!ids || std::sscanf(ids, "%x:%x", &vendor, &device) != 2) return;
  properties->vendorID = vendor;
  properties->deviceID = device;
  properties->deviceType = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
}

VKAPI_ATTR void VKAPI_CALL features(VkPhysicalDevice physical, VkPhysicalDeviceFeatures2* features) {
  next_features(physical, features);
  for_each_off(features, [](VkBool32& bit) { bit = VK_FALSE; });
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
  bool wants_more = false;
  for_each_off(info->pNext, [&](VkBool32& bit) { wants_more |= bit == VK_TRUE; });
  if (wants_more) return VK_ERROR_FEATURE_NOT_PRESENT;
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
  if (wanted == "vkGetPhysicalDeviceProperties") return reinterpret_cast<PFN_vkVoidFunction>(core_properties);
  if (wanted == "vkGetPhysicalDeviceFeatures2") return reinterpret_cast<PFN_vkVoidFunction>(features);
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
