#pragma once

#include <memory>
#include <vector>

#include "backend/backend.h"
#include "backend/vulkan/program_memory.h"
#include "backend/vulkan/recording.h"

namespace scoria::vulkan {

/// A program on a Vulkan device. The first two runs measure every dispatch (in the first, a driver may still compile);
/// from then on one recording, cut so that each submit keeps within the device's budget, is replayed.
class VulkanExecutable : public Executable {
 public:
  VulkanExecutable(std::shared_ptr<OpenDevice> open, Program program, std::shared_ptr<VulkanStateStore> store);

  void write_input(std::uint32_t input, std::span<const std::byte> bytes) override;
  void run() override;
  void read_output(std::uint32_t output, std::span<std::byte> bytes) const override;
  std::vector<NodeTime> run_timed() override;
  StepStatistics statistics() const override { return statistics_; }
  void fill_intermediates(std::uint32_t pattern) override;
  void read_region(const Region& region, std::span<std::byte> bytes) const override;

 private:
  void make_pipelines();
  RecordingParts parts() const;
  /// Where the step is cut, by what is known of its times.
  std::vector<SubmitRange> submits() const;
  void record(bool every_dispatch);
  void replay();
  void remember_times();

  std::shared_ptr<OpenDevice> open_;
  std::uint64_t allocations_before_;
  Program program_;
  std::shared_ptr<VulkanStateStore> store_;
  ProgramMemory memory_;
  Buffer canary_;
  std::vector<VkPipeline> pipelines_;
  VkPipeline canary_pipeline_ = VK_NULL_HANDLE;
  std::unique_ptr<Recording> recording_;
  bool measuring_ = true;  ///< the recording measures every dispatch
  std::vector<double> dispatch_ms_;
  StepStatistics statistics_;
};

}  // namespace scoria::vulkan
