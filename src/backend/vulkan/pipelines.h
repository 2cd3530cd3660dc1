#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "backend/backend.h"
#include "backend/vulkan/vulkan_device.h"

namespace scoria::vulkan {

/// What makes one pipeline different from another.
struct PipelineKey {
  std::string shader;
  std::vector<std::uint32_t> constants;
  std::uint32_t subgroup_size = 0;

  friend auto operator<=>(const PipelineKey&, const PipelineKey&) = default;
  /// "layer_norm.f32 <64, 768> subgroup 8"
  std::string to_string() const;
};

/// All pipelines of a device, made once, on several threads, and shared by its programs.
class Pipelines {
 public:
  explicit Pipelines(VulkanDevice& device);
  ~Pipelines();
  Pipelines(const Pipelines&) = delete;
  Pipelines& operator=(const Pipelines&) = delete;

  /// One pipeline a key, in order. Throws Error (Device) that names the shader a driver refuses.
  std::vector<VkPipeline> get(std::span<const PipelineKey> keys);
  /// Compiles the pipeline anew, past every cache, and tells what the driver tells of it. Throws Error (Device) that
  /// names the shader a driver refuses.
  PipelineStatistics compile(const PipelineKey& key);
  /// Of every pipeline: 128 bytes of push constants, no descriptors.
  VkPipelineLayout layout() const { return layout_; }

 private:
  enum class Purpose { Run, Statistics };
  VkPipeline make(const PipelineKey& key, Purpose purpose);
  void make_all(const std::vector<PipelineKey>& missing);
  void create_layout();
  void create_cache();
  void save_cache();
  void destroy();

  VulkanDevice& device_;
  VkPipelineLayout layout_ = VK_NULL_HANDLE;
  VkPipelineCache cache_ = VK_NULL_HANDLE;
  std::filesystem::path cache_file_;  ///< empty where there is no place for it
  std::mutex mutex_;
  std::map<PipelineKey, VkPipeline> made_;
};

}  // namespace scoria::vulkan
