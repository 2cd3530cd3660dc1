#include "backend/vulkan/pipelines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <set>
#include <thread>

#include "backend/vulkan/cache_file.h"
#include "backend/vulkan/result.h"
#include "backend/vulkan/shader_needs.h"
#include "backend/vulkan/shaders.h"
#include "base/debug.h"
#include "base/log.h"
#include "base/stopwatch.h"
#include "scoria/error.h"
#include "scoria/host_threads.h"

namespace scoria::vulkan {
namespace {

constexpr std::uint32_t kPushBytes = 128;

std::span<const std::uint32_t> code_of(const PipelineKey& key, const DeviceCaps& caps) {
  const auto code = find_shader(key.shader);
  if (code.empty()) {
    throw Error(ErrorKind::Device, fmt::format("shader {} is not in this build; its kernel should not have been "
                                               "chosen (SCORIA_KERNELS can choose another)",
                                               key.shader));
  }
  // Some drivers do not refuse what they cannot run: SwiftShader dies of an illegal instruction.
  const std::string lack = find_lack(code, caps);
  if (!lack.empty()) {
    throw Error(ErrorKind::Device, fmt::format("shader {} needs {}, which {} lacks; its kernel should not have been "
                                               "chosen (SCORIA_KERNELS can choose another)",
                                               key.shader, lack, caps.name));
  }
  return code;
}

double value_of(const VkPipelineExecutableStatisticKHR& statistic) {
  switch (statistic.format) {
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR:
      return statistic.value.b32 ? 1 : 0;
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR:
      return static_cast<double>(statistic.value.i64);
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR:
      return static_cast<double>(statistic.value.u64);
    default:
      return statistic.value.f64;
  }
}

/// A compute shader may come out as several executables (ANV: one a SIMD width): the last is what runs at full width.
PipelineStatistics read_statistics(VulkanDevice& device, VkPipeline pipeline) {
  VolkDeviceTable& calls = device.calls();
  auto which = of_type<VkPipelineInfoKHR>(VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR);
  which.pipeline = pipeline;
  std::uint32_t count = 0;
  device.check(calls.vkGetPipelineExecutablePropertiesKHR(device.handle(), &which, &count, nullptr),
               "vkGetPipelineExecutablePropertiesKHR");
  std::vector<VkPipelineExecutablePropertiesKHR> executables(
      count, of_type<VkPipelineExecutablePropertiesKHR>(VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR));
  device.check(calls.vkGetPipelineExecutablePropertiesKHR(device.handle(), &which, &count, executables.data()),
               "vkGetPipelineExecutablePropertiesKHR");
  PipelineStatistics statistics;
  if (count == 0) return statistics;
  statistics.subgroup_size = executables[count - 1].subgroupSize;
  auto info = of_type<VkPipelineExecutableInfoKHR>(VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR);
  info.pipeline = pipeline;
  info.executableIndex = count - 1;
  std::uint32_t told = 0;
  device.check(calls.vkGetPipelineExecutableStatisticsKHR(device.handle(), &info, &told, nullptr),
               "vkGetPipelineExecutableStatisticsKHR");
  std::vector<VkPipelineExecutableStatisticKHR> values(
      told, of_type<VkPipelineExecutableStatisticKHR>(VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR));
  device.check(calls.vkGetPipelineExecutableStatisticsKHR(device.handle(), &info, &told, values.data()),
               "vkGetPipelineExecutableStatisticsKHR");
  for (const auto& value : values) statistics.values.emplace_back(value.name, value_of(value));
  return statistics;
}

}  // namespace

std::string PipelineKey::to_string() const {
  std::string text = shader;
  if (!constants.empty()) text += fmt::format(" <{}>", fmt::join(constants, ", "));
  if (subgroup_size) text += fmt::format(" subgroup {}", subgroup_size);
  return text;
}

Pipelines::Pipelines(VulkanDevice& device) : device_(device) {
  try {
    create_layout();
    create_cache();
  } catch (...) {
    destroy();
    throw;
  }
}

Pipelines::~Pipelines() { destroy(); }

void Pipelines::destroy() {
  if (device_.hung()) return;
  VolkDeviceTable& calls = device_.calls();
  for (const auto& [key, pipeline] : made_) calls.vkDestroyPipeline(device_.handle(), pipeline, nullptr);
  if (cache_) calls.vkDestroyPipelineCache(device_.handle(), cache_, nullptr);
  if (layout_) calls.vkDestroyPipelineLayout(device_.handle(), layout_, nullptr);
}

void Pipelines::create_layout() {
  const VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, kPushBytes};
  auto info = of_type<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
  info.pushConstantRangeCount = 1;
  info.pPushConstantRanges = &range;
  device_.check(device_.calls().vkCreatePipelineLayout(device_.handle(), &info, nullptr, &layout_),
                "vkCreatePipelineLayout");
}

void Pipelines::create_cache() {
  cache_file_ = cache_path(device_key(device_.caps(), device_.probe().info.uuid));
  const std::vector<std::byte> data = read_cache(cache_file_);
  auto info = of_type<VkPipelineCacheCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO);
  info.initialDataSize = data.size();
  info.pInitialData = data.data();
  device_.check(device_.calls().vkCreatePipelineCache(device_.handle(), &info, nullptr, &cache_),
                "vkCreatePipelineCache");
}

void Pipelines::save_cache() {
  if (cache_file_.empty()) return;
  VolkDeviceTable& calls = device_.calls();
  std::size_t size = 0;
  VkResult result = calls.vkGetPipelineCacheData(device_.handle(), cache_, &size, nullptr);
  std::vector<std::byte> data(size);
  if (result == VK_SUCCESS) result = calls.vkGetPipelineCacheData(device_.handle(), cache_, &size, data.data());
  if (result != VK_SUCCESS) {
    // Not worth a failure: the next start compiles again.
    log(LogLevel::Info, fmt::format("pipeline cache not saved: vkGetPipelineCacheData: {}", result_name(result)));
    return;
  }
  data.resize(size);
  write_cache(cache_file_, data);
}

std::vector<VkPipeline> Pipelines::get(std::span<const PipelineKey> keys) {
  const std::lock_guard lock(mutex_);
  std::set<PipelineKey> missing;
  for (const PipelineKey& key : keys) {
    if (!made_.contains(key)) missing.insert(key);
  }
  if (!missing.empty()) {
    make_all({missing.begin(), missing.end()});
    save_cache();
  }
  std::vector<VkPipeline> pipelines;
  for (const PipelineKey& key : keys) pipelines.push_back(made_.at(key));
  return pipelines;
}

void Pipelines::make_all(const std::vector<PipelineKey>& missing) {
  const Stopwatch stopwatch;
  std::vector<VkPipeline> pipelines(missing.size(), VK_NULL_HANDLE);
  std::vector<std::exception_ptr> errors(missing.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i; (i = next++) < missing.size();) {
      try {
        pipelines[i] = make(missing[i], Purpose::Run);
      } catch (...) {
        errors[i] = std::current_exception();
      }
    }
  };
  {
    const std::size_t threads = std::min(missing.size(), static_cast<std::size_t>(host_threads()));
    std::vector<std::jthread> pool;
    for (std::size_t i = 1; i < threads; ++i) pool.emplace_back(work);
    work();
  }
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (pipelines[i]) made_.emplace(missing[i], pipelines[i]);
  }
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
  if (debug(DebugWord::Time)) {
    log(LogLevel::Info, fmt::format("time: {} pipelines made in {:.1f} ms", missing.size(), stopwatch.ms()));
  }
}

VkPipeline Pipelines::make(const PipelineKey& key, Purpose purpose) {
  const auto code = code_of(key, device_.caps());
  auto module_info = of_type<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
  module_info.codeSize = code.size_bytes();
  module_info.pCode = code.data();
  VkShaderModule shader = VK_NULL_HANDLE;
  VolkDeviceTable& calls = device_.calls();
  device_.check(calls.vkCreateShaderModule(device_.handle(), &module_info, nullptr, &shader),
                "vkCreateShaderModule for " + key.shader);

  std::vector<VkSpecializationMapEntry> entries;
  for (std::uint32_t i = 0; i < key.constants.size(); ++i) entries.push_back({i, i * 4, 4});
  const VkSpecializationInfo constants{static_cast<std::uint32_t>(entries.size()), entries.data(),
                                       key.constants.size() * 4, key.constants.data()};
  auto subgroup = of_type<VkPipelineShaderStageRequiredSubgroupSizeCreateInfo>(
      VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO);
  subgroup.requiredSubgroupSize = key.subgroup_size;
  auto info = of_type<VkComputePipelineCreateInfo>(VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO);
  info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = shader;
  info.stage.pName = "main";
  info.stage.pSpecializationInfo = &constants;
  if (key.subgroup_size) {
    info.stage.pNext = &subgroup;
    info.stage.flags = VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
  }
  info.layout = layout_;
  if (purpose == Purpose::Statistics) info.flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR;
  const VkPipelineCache cache = purpose == Purpose::Run ? cache_ : VK_NULL_HANDLE;
  VkPipeline pipeline = VK_NULL_HANDLE;
  const VkResult result = calls.vkCreateComputePipelines(device_.handle(), cache, 1, &info, nullptr, &pipeline);
  calls.vkDestroyShaderModule(device_.handle(), shader, nullptr);
  device_.check(result, "vkCreateComputePipelines for " + key.to_string());
  device_.name(VK_OBJECT_TYPE_PIPELINE, reinterpret_cast<std::uint64_t>(pipeline), key.to_string());
  return pipeline;
}

PipelineStatistics Pipelines::compile(const PipelineKey& key) {
  const VkPipeline pipeline = make(key, Purpose::Statistics);
  PipelineStatistics statistics;
  try {
    statistics = read_statistics(device_, pipeline);
  } catch (...) {
    device_.calls().vkDestroyPipeline(device_.handle(), pipeline, nullptr);
    throw;
  }
  device_.calls().vkDestroyPipeline(device_.handle(), pipeline, nullptr);
  return statistics;
}

}  // namespace scoria::vulkan
