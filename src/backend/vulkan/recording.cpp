#include "backend/vulkan/recording.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "base/check.h"
#include "base/stopwatch.h"
#include "scoria/error.h"

namespace scoria::vulkan {
namespace {

constexpr VkPipelineStageFlags kCompute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
constexpr VkPipelineStageFlags kTransfer = VK_PIPELINE_STAGE_TRANSFER_BIT;
constexpr VkPipelineStageFlags kHost = VK_PIPELINE_STAGE_HOST_BIT;
constexpr VkAccessFlags kShaderAccess = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;

/// A label around the commands of a node, for validation, RenderDoc and Nsight.
class Label {
 public:
  Label(const VulkanDevice& device, VkCommandBuffer commands, const PlacedNode& node) : commands_(commands) {
    if (!device.naming()) return;
    const std::string text = fmt::format("{} \"{}\" {}", node.op->name, node.label, node.kernel);
    auto label = of_type<VkDebugUtilsLabelEXT>(VK_STRUCTURE_TYPE_DEBUG_UTILS_LABEL_EXT);
    label.pLabelName = text.c_str();
    vkCmdBeginDebugUtilsLabelEXT(commands, &label);
    open_ = true;
  }
  ~Label() {
    if (open_) vkCmdEndDebugUtilsLabelEXT(commands_);
  }
  Label(const Label&) = delete;
  Label& operator=(const Label&) = delete;

 private:
  VkCommandBuffer commands_;
  bool open_ = false;
};

}  // namespace

Recording::Recording(const RecordingParts& parts, std::vector<SubmitRange> ranges, bool every_dispatch)
    : parts_(parts),
      every_dispatch_(every_dispatch),
      timestamps_(parts.open.device.probe().timestamp_bits > 0),
      pool_(parts.open.device),
      fence_(parts.open.device) {
  const auto dispatch_count = static_cast<std::uint32_t>(parts.program.dispatches.size());
  if (every_dispatch_ && !timestamps_) ranges = split_evenly(dispatch_count, 1);
  for (const SubmitRange& range : ranges) {
    submits_.push_back({range, VK_NULL_HANDLE, query_total_});
    query_total_ += query_count(range);
  }
  SCORIA_CHECK(submits_.size() * sizeof(std::uint32_t) <= parts.canary.bytes(), "more submits than canary words");
  dispatch_ms_.assign(every_dispatch_ ? dispatch_count : 0, 0.0);
  std::memset(parts.canary.mapped(), 0, parts.canary.bytes());
  if (query_total_ > 0) queries_.emplace(parts.open.device, query_total_);
  for (std::uint32_t i = 0; i < submits_.size(); ++i) record(submits_[i], i);
}

Recording::~Recording() { parts_.open.device.wait_idle(); }

std::uint32_t Recording::query_count(const SubmitRange& range) const {
  if (!timestamps_) return 0;
  return every_dispatch_ ? range.end - range.first + 1 : 2;
}

void Recording::write_timestamp(VkCommandBuffer commands, std::uint32_t query) {
  // The bottom of the pipe: after all that came before, so that differences are times of what lies between.
  if (timestamps_) {
    parts_.open.device.calls().vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries_->handle(),
                                                   query);
  }
}

void Recording::record(Submit& submit, std::uint32_t index) {
  VolkDeviceTable& calls = parts_.open.device.calls();
  submit.commands = pool_.begin();
  if (timestamps_) {
    calls.vkCmdResetQueryPool(submit.commands, queries_->handle(), submit.first_query, query_count(submit.range));
  }
  if (index == 0) record_head(submit.commands);
  std::uint32_t query = submit.first_query;
  write_timestamp(submit.commands, query++);
  for (std::uint32_t i = submit.range.first; i < submit.range.end; ++i) {
    record_dispatch(submit.commands, i);
    if (every_dispatch_) write_timestamp(submit.commands, query++);
  }
  if (!every_dispatch_) write_timestamp(submit.commands, query++);
  record_tail(submit.commands, index);
  pool_.end(submit.commands);
}

void Recording::record_head(VkCommandBuffer commands) {
  VolkDeviceTable& calls = parts_.open.device.calls();
  record_barrier(calls, commands, kHost | kTransfer | kCompute,
                 VK_ACCESS_HOST_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT | VK_ACCESS_SHADER_WRITE_BIT,
                 kTransfer | kCompute, VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT | kShaderAccess);
  if (const Buffer* staging = parts_.memory.input_staging()) {
    const VkBufferCopy all{0, 0, staging->bytes()};
    calls.vkCmdCopyBuffer(commands, staging->handle(), parts_.memory.input()->handle(), 1, &all);
    record_barrier(calls, commands, kTransfer, VK_ACCESS_TRANSFER_WRITE_BIT, kCompute, kShaderAccess);
  }
}

void Recording::record_dispatch(VkCommandBuffer commands, std::uint32_t index) {
  VolkDeviceTable& calls = parts_.open.device.calls();
  const PlacedDispatch& placed = parts_.program.dispatches[index];
  const Label label(parts_.open.device, commands, parts_.program.nodes[placed.node]);
  if (placed.barrier_before) {
    record_barrier(calls, commands, kCompute, VK_ACCESS_SHADER_WRITE_BIT, kCompute, kShaderAccess);
    ++barrier_count_;
  }
  std::array<std::uint32_t, 32> push{};
  std::size_t words = 0;
  SCORIA_CHECK(placed.buffers.size() * 2 + placed.dispatch.words.size() <= push.size(), "over 128 push bytes");
  for (const Region& region : placed.buffers) {
    const std::uint64_t address = parts_.memory.address(region);
    push[words++] = static_cast<std::uint32_t>(address);
    push[words++] = static_cast<std::uint32_t>(address >> 32);
  }
  for (const std::uint32_t word : placed.dispatch.words) push[words++] = word;
  calls.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, parts_.pipelines[index]);
  if (words > 0) {
    calls.vkCmdPushConstants(commands, parts_.open.pipelines.layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0,
                             static_cast<std::uint32_t>(words * 4), push.data());
  }
  const auto& grid = placed.dispatch.grid;
  calls.vkCmdDispatch(commands, grid[0], grid[1], grid[2]);
}

void Recording::record_tail(VkCommandBuffer commands, std::uint32_t index) {
  VolkDeviceTable& calls = parts_.open.device.calls();
  // The canary comes after the work, not beside it.
  record_barrier(calls, commands, kCompute, VK_ACCESS_SHADER_WRITE_BIT, kCompute, kShaderAccess);
  struct {
    std::uint64_t address;
    std::uint32_t index;
  } const push = {parts_.canary.address(), index};
  calls.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, parts_.canary_pipeline);
  calls.vkCmdPushConstants(commands, parts_.open.pipelines.layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0, 12, &push);
  calls.vkCmdDispatch(commands, 1, 1, 1);
  record_barrier(calls, commands, kCompute, VK_ACCESS_SHADER_WRITE_BIT, kHost | kTransfer,
                 VK_ACCESS_HOST_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT);
}

void Recording::run() {
  if (submits_.empty()) return;
  ++runs_;
  wait_ms_ = device_ms_ = 0;
  const bool one_by_one = every_dispatch_ && !timestamps_;
  for (std::size_t i = 0; i < submits_.size(); ++i) {
    const bool last = i + 1 == submits_.size();
    parts_.open.device.submit(submits_[i].commands, last || one_by_one ? fence_.handle() : VK_NULL_HANDLE);
    if (!one_by_one) continue;
    const double before = wait_ms_;
    wait();
    dispatch_ms_[i] = wait_ms_ - before;
    device_ms_ += dispatch_ms_[i];
  }
  if (!one_by_one) wait();
  check_canaries();
  if (timestamps_) read_times();
  if (!timestamps_ && !one_by_one) device_ms_ = wait_ms_;
}

void Recording::wait() {
  const Stopwatch stopwatch;
  fence_.wait([this] { return progress(); });
  wait_ms_ += stopwatch.ms();
}

std::uint64_t Recording::progress() const {
  const auto* words = reinterpret_cast<const volatile std::uint32_t*>(parts_.canary.mapped());
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < submits_.size(); ++i) done += words[i];
  return done;
}

void Recording::check_canaries() const {
  const auto* words = reinterpret_cast<const volatile std::uint32_t*>(parts_.canary.mapped());
  for (std::size_t i = 0; i < submits_.size(); ++i) {
    if (words[i] == runs_) continue;
    throw Error(ErrorKind::Device,
                fmt::format("{}: the device did not execute submit {} of {}, though it reported success (canary {}, "
                            "expected {}); update the driver or choose another --device",
                            parts_.open.device.probe().info.name, i + 1, submits_.size(), words[i], runs_));
  }
}

void Recording::read_times() {
  VulkanDevice& device = parts_.open.device;
  ticks_.resize(query_total_);
  device.check(device.calls().vkGetQueryPoolResults(device.handle(), queries_->handle(), 0, query_total_,
                                                    ticks_.size() * 8, ticks_.data(), 8, VK_QUERY_RESULT_64_BIT),
               "vkGetQueryPoolResults");
  const std::uint32_t bits = device.probe().timestamp_bits;
  const std::uint64_t mask = bits >= 64 ? ~0ull : (1ull << bits) - 1;
  const double ms_per_tick = device.probe().limits.timestampPeriod * 1e-6;
  const auto ms = [&](std::uint32_t query) {
    return static_cast<double>((ticks_[query + 1] - ticks_[query]) & mask) * ms_per_tick;
  };
  for (const Submit& submit : submits_) {
    for (std::uint32_t i = 0; i + 1 < query_count(submit.range); ++i) {
      const double took = ms(submit.first_query + i);
      device_ms_ += took;
      if (every_dispatch_) dispatch_ms_[submit.range.first + i] = took;
    }
  }
}

}  // namespace scoria::vulkan
