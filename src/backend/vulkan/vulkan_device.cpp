#include "backend/vulkan/vulkan_device.h"

#include <fmt/format.h>

#include <vector>

#include "backend/vulkan/result.h"
#include "base/debug.h"
#include "base/log.h"
#include "scoria/error.h"

namespace scoria::vulkan {
namespace {

/// The features that the engine uses of those the device has, linked into one chain.
struct FeatureChain {
  explicit FeatureChain(const Probe& probe, bool all_of_core) {
    const VkPhysicalDeviceVulkan12Features& has = probe.features12;
    if (all_of_core) {
      core.features = probe.features;
      core.features.robustBufferAccess = VK_FALSE;
    }
    core.features.shaderInt64 = probe.features.shaderInt64;
    core.features.shaderInt16 = probe.features.shaderInt16;
    v11.storageBuffer16BitAccess = probe.storage16;
    v12.bufferDeviceAddress = VK_TRUE;
    v12.shaderFloat16 = has.shaderFloat16;
    v12.shaderInt8 = has.shaderInt8;
    v12.storageBuffer8BitAccess = has.storageBuffer8BitAccess;
    v12.scalarBlockLayout = has.scalarBlockLayout;
    v12.vulkanMemoryModel = has.vulkanMemoryModel;
    v12.vulkanMemoryModelDeviceScope = has.vulkanMemoryModelDeviceScope;
    v12.timelineSemaphore = all_of_core && has.timelineSemaphore;
    subgroup.subgroupSizeControl = subgroup.computeFullSubgroups = VK_TRUE;
    fault.deviceFault = VK_TRUE;
    executables.pipelineExecutableInfo = VK_TRUE;
    core.pNext = &v11;
    v11.pNext = &v12;
  }
  template <typename T>
  void add(T& link) {
    link.pNext = core.pNext;
    core.pNext = &link;
  }

  VkPhysicalDeviceFeatures2 core = of_type<VkPhysicalDeviceFeatures2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2);
  VkPhysicalDeviceVulkan11Features v11 =
      of_type<VkPhysicalDeviceVulkan11Features>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES);
  VkPhysicalDeviceVulkan12Features v12 =
      of_type<VkPhysicalDeviceVulkan12Features>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES);
  VkPhysicalDeviceSubgroupSizeControlFeatures subgroup = of_type<VkPhysicalDeviceSubgroupSizeControlFeatures>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES);
  VkPhysicalDeviceFaultFeaturesEXT fault =
      of_type<VkPhysicalDeviceFaultFeaturesEXT>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FAULT_FEATURES_EXT);
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR executables =
      of_type<VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR>(
          VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR);
};

constexpr const char* kPortabilitySubset = "VK_KHR_portability_subset";  // its macro is among the beta headers

bool offers_fault(const Probe& probe) {
  if (!probe.has(VK_EXT_DEVICE_FAULT_EXTENSION_NAME)) return false;
  auto fault = of_type<VkPhysicalDeviceFaultFeaturesEXT>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FAULT_FEATURES_EXT);
  auto core = of_type<VkPhysicalDeviceFeatures2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2);
  core.pNext = &fault;
  vkGetPhysicalDeviceFeatures2(probe.handle, &core);
  return fault.deviceFault;
}

}  // namespace

VulkanDevice::VulkanDevice(std::shared_ptr<Instance> instance, Probe probe)
    : instance_(std::move(instance)), probe_(std::move(probe)) {
  if (!probe_.info.refusal.empty()) {
    throw Error(ErrorKind::Device, fmt::format("device {} \"{}\" cannot be used: {}", probe_.info.index,
                                               probe_.info.name, probe_.info.refusal));
  }
  const DeviceClass kind = probe_.caps.device_class;
  // A software device may be shared by many processes and have no watchdog; a GPU is reset by its driver after
  // seconds, long before a minute.
  if (kind == DeviceClass::Cpu) patience_s = 900;
  if (kind == DeviceClass::Discrete) submit_budget_ms = 250;
  create();
  if (debug(DebugWord::Device)) {
    log(LogLevel::Info,
        fmt::format("device: opened {} \"{}\", {}; queue family {}, submits up to {} ms", probe_.info.index,
                    probe_.info.name, probe_.info.driver, probe_.queue_family, submit_budget_ms));
  }
}

void VulkanDevice::create() {
  FeatureChain features(probe_, instance_->validating_on_gpu());
  std::vector<const char*> extensions;
  if (probe_.caps.subgroup_size_control) {
    features.add(features.subgroup);
    if (probe_.api_version < VK_API_VERSION_1_3) extensions.push_back(VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME);
  }
  if (probe_.has(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME)) extensions.push_back(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
  if (probe_.has(kPortabilitySubset)) extensions.push_back(kPortabilitySubset);
  if (probe_.pipeline_statistics) {
    features.add(features.executables);
    extensions.push_back(VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME);
  }
  fault_known_ = offers_fault(probe_);
  if (fault_known_) {
    features.add(features.fault);
    extensions.push_back(VK_EXT_DEVICE_FAULT_EXTENSION_NAME);
  }
  const float priority = 1;
  auto queue = of_type<VkDeviceQueueCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO);
  queue.queueFamilyIndex = probe_.queue_family;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  auto info = of_type<VkDeviceCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO);
  info.pNext = &features.core;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  vulkan::check(vkCreateDevice(probe_.handle, &info, nullptr, &handle_), "vkCreateDevice");
  volkLoadDeviceTable(&calls_, handle_);
  calls_.vkGetDeviceQueue(handle_, probe_.queue_family, 0, &queue_);
}

VulkanDevice::~VulkanDevice() {
  if (!hung_) {
    calls_.vkDestroyDevice(handle_, nullptr);
    return;
  }
  // The instance must outlive the device that is left behind.
  static std::mutex mutex;
  static std::vector<std::shared_ptr<Instance>> left_behind;
  const std::lock_guard lock(mutex);
  left_behind.push_back(std::move(instance_));
}

void VulkanDevice::check(VkResult result, std::string_view what) {
  if (result == VK_SUCCESS) return;
  if (result == VK_ERROR_DEVICE_LOST) {
    throw Error(ErrorKind::Device,
                fmt::format("{} was lost ({}: VK_ERROR_DEVICE_LOST){}", probe_.info.name, what, describe_fault()));
  }
  vulkan::check(result, what);
}

void VulkanDevice::submit(VkCommandBuffer commands, VkFence fence) {
  auto info = of_type<VkSubmitInfo>(VK_STRUCTURE_TYPE_SUBMIT_INFO);
  info.commandBufferCount = 1;
  info.pCommandBuffers = &commands;
  const std::lock_guard lock(queue_mutex_);
  check(calls_.vkQueueSubmit(queue_, 1, &info, fence), "vkQueueSubmit");
}

void VulkanDevice::name(VkObjectType type, std::uint64_t object, const std::string& name) {
  if (!naming()) return;
  auto info = of_type<VkDebugUtilsObjectNameInfoEXT>(VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT);
  info.objectType = type;
  info.objectHandle = object;
  info.pObjectName = name.c_str();
  check(vkSetDebugUtilsObjectNameEXT(handle_, &info), "vkSetDebugUtilsObjectNameEXT");
}

void VulkanDevice::wait_idle() noexcept {
  if (hung_) return;
  const std::lock_guard lock(queue_mutex_);
  const VkResult result = calls_.vkDeviceWaitIdle(handle_);
  // A lost device has nothing more to do, and whoever noticed has been told.
  if (result == VK_SUCCESS || result == VK_ERROR_DEVICE_LOST) return;
  log(LogLevel::Warning, fmt::format("vkDeviceWaitIdle: {}", result_name(result)));
}

std::string VulkanDevice::describe_fault() {
  if (!fault_known_ || !calls_.vkGetDeviceFaultInfoEXT) return "; the driver does not tell why";
  auto counts = of_type<VkDeviceFaultCountsEXT>(VK_STRUCTURE_TYPE_DEVICE_FAULT_COUNTS_EXT);
  if (calls_.vkGetDeviceFaultInfoEXT(handle_, &counts, nullptr) != VK_SUCCESS) return "; the driver tells no fault";
  std::vector<VkDeviceFaultAddressInfoEXT> addresses(counts.addressInfoCount);
  std::vector<VkDeviceFaultVendorInfoEXT> vendor(counts.vendorInfoCount);
  auto info = of_type<VkDeviceFaultInfoEXT>(VK_STRUCTURE_TYPE_DEVICE_FAULT_INFO_EXT);
  info.pAddressInfos = addresses.data();
  info.pVendorInfos = vendor.data();
  counts.vendorBinarySize = 0;
  const VkResult result = calls_.vkGetDeviceFaultInfoEXT(handle_, &counts, &info);
  if (result != VK_SUCCESS && result != VK_INCOMPLETE) return "; the driver tells no fault";
  std::string text = fmt::format("; the driver says \"{}\"", info.description);
  for (std::uint32_t i = 0; i < counts.addressInfoCount; ++i) {
    text += fmt::format(", fault at address {:#x}", addresses[i].reportedAddress);
  }
  for (std::uint32_t i = 0; i < counts.vendorInfoCount; ++i) text += fmt::format(", {}", vendor[i].description);
  return text;
}

}  // namespace scoria::vulkan
