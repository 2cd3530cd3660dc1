#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backend/vulkan/commands.h"
#include "backend/vulkan/program_memory.h"
#include "backend/vulkan/submit_plan.h"
#include "plan/program.h"

namespace scoria::vulkan {

/// What a recording is made of, all of it kept elsewhere.
struct RecordingParts {
  OpenDevice& open;
  const Program& program;
  const ProgramMemory& memory;
  std::span<const VkPipeline> pipelines;  ///< one a dispatch
  VkPipeline canary_pipeline = VK_NULL_HANDLE;
  const Buffer& canary;  ///< one word a submit
};

/// A whole step as command buffers, recorded once and replayed. Each submit ends with the canary: a dispatch that adds
/// one to the submit's word, which the host compares with the number of replays, for some drivers drop work without
/// an error.
class Recording {
 public:
  /// `every_dispatch` measures each dispatch and not only each submit. Without timestamps on the device it then
  /// submits one dispatch at a time, and waits for each.
  Recording(const RecordingParts& parts, std::vector<SubmitRange> submits, bool every_dispatch);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// Replays the step and waits for it. Throws Error (Device) if the device failed, hangs or dropped work.
  void run();

  std::uint32_t submit_count() const { return static_cast<std::uint32_t>(submits_.size()); }
  std::uint32_t barrier_count() const { return barrier_count_; }  ///< those of the plan
  /// Of the last run; one a dispatch if every dispatch is measured.
  const std::vector<double>& dispatch_ms() const { return dispatch_ms_; }
  double device_ms() const { return device_ms_; }
  double wait_ms() const { return wait_ms_; }

 private:
  struct Submit {
    SubmitRange range;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    std::uint32_t first_query = 0;
  };
  void record(Submit& submit, std::uint32_t index);
  void record_head(VkCommandBuffer commands);
  void record_dispatch(VkCommandBuffer commands, std::uint32_t index);
  void record_tail(VkCommandBuffer commands, std::uint32_t index);
  void write_timestamp(VkCommandBuffer commands, std::uint32_t query);
  std::uint32_t query_count(const SubmitRange& range) const;
  void wait();
  void check_canaries() const;
  void read_times();
  std::uint64_t progress() const;

  RecordingParts parts_;
  bool every_dispatch_;
  bool timestamps_;
  CommandPool pool_;
  Fence fence_;
  std::uint32_t query_total_ = 0;
  std::optional<QueryPool> queries_;
  std::vector<Submit> submits_;
  std::uint32_t barrier_count_ = 0;
  std::uint32_t runs_ = 0;
  std::vector<double> dispatch_ms_;
  std::vector<std::uint64_t> ticks_;  // kept, so that a step allocates nothing
  double device_ms_ = 0;
  double wait_ms_ = 0;
};

}  // namespace scoria::vulkan
