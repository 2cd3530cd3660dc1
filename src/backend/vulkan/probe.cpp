#include "backend/vulkan/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "backend/vulkan/memory_type.h"
#include "backend/vulkan/requirements.h"
#include "backend/vulkan/result.h"

namespace scoria::vulkan {
namespace {

/// A struct that the next query or create call reads, put at the front of its chain.
template <typename Head, typename T>
void chain(Head& head, T& link) {
  link.pNext = const_cast<void*>(static_cast<const void*>(head.pNext));
  head.pNext = &link;
}

constexpr std::uint64_t kMostAllocationBytes = 4ull << 30;  // see DeviceCaps::max_allocation_bytes

struct Properties {
  VkPhysicalDeviceProperties2 core =
      of_type<VkPhysicalDeviceProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2);
  VkPhysicalDeviceVulkan11Properties v11 =
      of_type<VkPhysicalDeviceVulkan11Properties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES);
  VkPhysicalDeviceVulkan12Properties v12 =
      of_type<VkPhysicalDeviceVulkan12Properties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES);
  VkPhysicalDeviceSubgroupSizeControlProperties subgroup = of_type<VkPhysicalDeviceSubgroupSizeControlProperties>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES);
  VkPhysicalDeviceMaintenance4Properties buffers =
      of_type<VkPhysicalDeviceMaintenance4Properties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES);
  VkPhysicalDeviceShaderSMBuiltinsPropertiesNV nvidia = of_type<VkPhysicalDeviceShaderSMBuiltinsPropertiesNV>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV);
  VkPhysicalDeviceShaderCorePropertiesAMD amd =
      of_type<VkPhysicalDeviceShaderCorePropertiesAMD>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_AMD);
};

DeviceClass class_of(VkPhysicalDeviceType type) {
  switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
      return DeviceClass::Cpu;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return DeviceClass::Integrated;
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return DeviceClass::Discrete;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return DeviceClass::Virtual;
    default:
      return DeviceClass::Other;
  }
}

std::string_view kind_of(DeviceClass device_class) {
  constexpr std::string_view kKinds[] = {"software", "integrated", "discrete", "virtual", "other"};
  return kKinds[static_cast<std::size_t>(device_class)];
}

bool subgroup_control_known(const Probe& probe) {
  return probe.api_version >= VK_API_VERSION_1_3 || probe.has(VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME);
}

bool buffer_limit_known(const Probe& probe) {
  return probe.api_version >= VK_API_VERSION_1_3 || probe.has(VK_KHR_MAINTENANCE_4_EXTENSION_NAME);
}

Properties query_properties(const Probe& probe) {
  Properties p;
  chain(p.core, p.v11);
  chain(p.core, p.v12);
  if (subgroup_control_known(probe)) chain(p.core, p.subgroup);
  if (buffer_limit_known(probe)) chain(p.core, p.buffers);
  if (probe.has(VK_NV_SHADER_SM_BUILTINS_EXTENSION_NAME)) chain(p.core, p.nvidia);
  if (probe.has(VK_AMD_SHADER_CORE_PROPERTIES_EXTENSION_NAME)) chain(p.core, p.amd);
  vkGetPhysicalDeviceProperties2(probe.handle, &p.core);
  return p;
}

void take_limits(DeviceCaps& caps, const VkPhysicalDeviceLimits& limits) {
  caps.max_workgroup_invocations = limits.maxComputeWorkGroupInvocations;
  std::copy_n(limits.maxComputeWorkGroupSize, 3, caps.max_workgroup_size.begin());
  std::copy_n(limits.maxComputeWorkGroupCount, 3, caps.max_workgroup_count.begin());
  caps.shared_memory_bytes = limits.maxComputeSharedMemorySize;
  caps.max_push_bytes = limits.maxPushConstantsSize;
}

void take_properties(Probe& probe, const Properties& p) {
  DeviceCaps& caps = probe.caps;
  caps.is_llvmpipe = p.v12.driverID == VK_DRIVER_ID_MESA_LLVMPIPE;
  caps.driver_release = parse_release(p.v12.driverInfo);
  caps.subgroup_size = caps.min_subgroup_size = caps.max_subgroup_size = p.v11.subgroupSize;
  if (p.v11.subgroupSupportedStages & VK_SHADER_STAGE_COMPUTE_BIT) {
    caps.subgroup_arithmetic = p.v11.subgroupSupportedOperations & VK_SUBGROUP_FEATURE_ARITHMETIC_BIT;
    caps.subgroup_shuffle = p.v11.subgroupSupportedOperations & VK_SUBGROUP_FEATURE_SHUFFLE_BIT;
    caps.subgroup_ballot = p.v11.subgroupSupportedOperations & VK_SUBGROUP_FEATURE_BALLOT_BIT;
  }
  if (subgroup_control_known(probe)) {
    caps.min_subgroup_size = p.subgroup.minSubgroupSize;
    caps.max_subgroup_size = p.subgroup.maxSubgroupSize;
    probe.subgroup_stages = p.subgroup.requiredSubgroupSizeStages;
  }
  caps.max_allocation_bytes = std::min<std::uint64_t>(p.v11.maxMemoryAllocationSize, kMostAllocationBytes);
  if (buffer_limit_known(probe)) {
    caps.max_allocation_bytes = std::min<std::uint64_t>(caps.max_allocation_bytes, p.buffers.maxBufferSize);
  }
  caps.compute_units = p.nvidia.shaderSMCount +
                       p.amd.shaderEngineCount * p.amd.shaderArraysPerEngineCount * p.amd.computeUnitsPerShaderArray;
  probe.info.driver = fmt::format("{} {}", p.v12.driverName, p.v12.driverInfo);
  probe.info.uuid.clear();
  for (const std::uint8_t byte : p.v11.deviceUUID) probe.info.uuid += fmt::format("{:02x}", byte);
}

void take_features(Probe& probe) {
  auto core = of_type<VkPhysicalDeviceFeatures2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2);
  auto v11 = of_type<VkPhysicalDeviceVulkan11Features>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES);
  auto v12 = of_type<VkPhysicalDeviceVulkan12Features>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES);
  auto subgroup = of_type<VkPhysicalDeviceSubgroupSizeControlFeatures>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES);
  auto executables = of_type<VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR);
  chain(core, v11);
  chain(core, v12);
  if (subgroup_control_known(probe)) chain(core, subgroup);
  if (probe.has(VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME)) chain(core, executables);
  vkGetPhysicalDeviceFeatures2(probe.handle, &core);
  probe.features = core.features;
  probe.features12 = v12;
  probe.features12.pNext = nullptr;
  probe.storage16 = v11.storageBuffer16BitAccess;
  probe.pipeline_statistics = executables.pipelineExecutableInfo;
  DeviceCaps& caps = probe.caps;
  caps.int64 = core.features.shaderInt64;
  caps.float16 = v12.shaderFloat16;
  caps.storage16 = v11.storageBuffer16BitAccess;
  caps.subgroup_size_control = subgroup.subgroupSizeControl && subgroup.computeFullSubgroups &&
                               (probe.subgroup_stages & VK_SHADER_STAGE_COMPUTE_BIT);
}

/// A compute queue without graphics if there is one: on some drivers it is not held up by a desktop's frames.
std::optional<std::uint32_t> find_queue(Probe& probe) {
  std::uint32_t count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(probe.handle, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vkGetPhysicalDeviceQueueFamilyProperties(probe.handle, &count, families.data());
  std::optional<std::uint32_t> found;
  for (std::uint32_t i = 0; i < count; ++i) {
    const VkQueueFlags flags = families[i].queueFlags;
    if (families[i].queueCount == 0 || !(flags & VK_QUEUE_COMPUTE_BIT)) continue;
    const bool alone = !(flags & VK_QUEUE_GRAPHICS_BIT);
    if (found && !alone) continue;
    found = i;
    probe.timestamp_bits = families[i].timestampValidBits;
    if (alone) break;
  }
  return found;
}

void take_memory(Probe& probe) {
  vkGetPhysicalDeviceMemoryProperties(probe.handle, &probe.memory);
  DeviceCaps& caps = probe.caps;
  const auto type = choose_memory_type(probe.memory, ~0u, MemoryUse::Device, true);
  const VkMemoryPropertyFlags visible = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  const bool host_sees = type && (probe.memory.memoryTypes[*type].propertyFlags & visible) == visible;
  caps.unified_memory =
      host_sees && (caps.device_class == DeviceClass::Cpu || caps.device_class == DeviceClass::Integrated);
  probe.info.memory_bytes = probe.memory.memoryHeaps[tensor_heap(probe.memory, caps.unified_memory)].size;
  probe.info.memory_free_bytes = free_bytes(probe);
}

std::vector<std::string> list_features(const DeviceCaps& caps) {
  std::vector<std::string> list;
  list.push_back(caps.min_subgroup_size == caps.max_subgroup_size
                     ? fmt::format("subgroup {}", caps.subgroup_size)
                     : fmt::format("subgroup {} to {}", caps.min_subgroup_size, caps.max_subgroup_size));
  const std::pair<bool, const char*> flags[] = {
      {caps.subgroup_size_control, "subgroup size control"},
      {caps.subgroup_arithmetic, "subgroup arithmetic"},
      {caps.subgroup_shuffle, "subgroup shuffle"},
      {caps.subgroup_ballot, "subgroup ballot"},
      {caps.float16, "f16"},
      {caps.storage16, "16-bit storage"},
      {caps.int64, "int64"},
      {caps.unified_memory, "unified memory"},
  };
  for (const auto& [present, word] : flags) {
    if (present) list.emplace_back(word);
  }
  return list;
}

void read_extensions(Probe& probe) {
  std::uint32_t count = 0;
  check(vkEnumerateDeviceExtensionProperties(probe.handle, nullptr, &count, nullptr),
        "vkEnumerateDeviceExtensionProperties");
  probe.extensions.resize(count);
  check(vkEnumerateDeviceExtensionProperties(probe.handle, nullptr, &count, probe.extensions.data()),
        "vkEnumerateDeviceExtensionProperties");
}

}  // namespace

bool Probe::has(std::string_view extension) const {
  return std::any_of(extensions.begin(), extensions.end(), [&](auto& e) { return e.extensionName == extension; });
}

std::uint64_t free_bytes(const Probe& probe) {
  if (!probe.has(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME)) return 0;
  auto memory = of_type<VkPhysicalDeviceMemoryProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2);
  auto budget = of_type<VkPhysicalDeviceMemoryBudgetPropertiesEXT>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT);
  chain(memory, budget);
  vkGetPhysicalDeviceMemoryProperties2(probe.handle, &memory);
  const std::uint32_t heap = tensor_heap(memory.memoryProperties, probe.caps.unified_memory);
  return budget.heapBudget[heap] - std::min(budget.heapBudget[heap], budget.heapUsage[heap]);
}

Probe probe_device(VkPhysicalDevice handle, int index) {
  Probe probe;
  probe.handle = handle;
  VkPhysicalDeviceProperties core;
  vkGetPhysicalDeviceProperties(handle, &core);
  // What the instance allows, too: a loader of 1.2 makes extensions of what is core in a driver of 1.3.
  probe.api_version = std::min(core.apiVersion, volkGetInstanceVersion());
  probe.limits = core.limits;
  probe.caps.name = probe.info.name = core.deviceName;
  probe.caps.device_class = class_of(core.deviceType);
  probe.caps.vendor_id = core.vendorID;
  probe.caps.device_id = core.deviceID;
  probe.caps.driver_version = core.driverVersion;
  probe.info.index = index;
  probe.info.kind = kind_of(probe.caps.device_class);
  take_limits(probe.caps, core.limits);
  read_extensions(probe);
  if (core.apiVersion >= VK_API_VERSION_1_2) {
    take_properties(probe, query_properties(probe));
    take_features(probe);
  }
  take_memory(probe);
  const auto queue = find_queue(probe);
  probe.queue_family = queue.value_or(0);
  probe.info.features = list_features(probe.caps);
  DeviceFacts facts;
  facts.api_major = VK_API_VERSION_MAJOR(core.apiVersion);
  facts.api_minor = VK_API_VERSION_MINOR(core.apiVersion);
  facts.compute_queue = queue.has_value();
  facts.buffer_device_address = probe.features12.bufferDeviceAddress;
  facts.device_memory = choose_memory_type(probe.memory, ~0u, MemoryUse::Device, false).has_value();
  facts.max_push_bytes = core.limits.maxPushConstantsSize;
  facts.max_workgroup_invocations = core.limits.maxComputeWorkGroupInvocations;
  probe.info.refusal = find_refusal(facts);
  return probe;
}

std::vector<Probe> probe_devices(const Instance& instance) {
  std::vector<Probe> probes;
  for (const VkPhysicalDevice handle : instance.physical_devices()) {
    probes.push_back(probe_device(handle, static_cast<int>(probes.size())));
  }
  return probes;
}

}  // namespace scoria::vulkan
