#include "backend/vulkan/vulkan_executable.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/debug.h"
#include "base/log.h"
#include "base/stopwatch.h"

namespace scoria::vulkan {
namespace {

/// Before anything is known: few enough for a slow device's watchdog, many enough to be quick on a fast one.
constexpr std::uint32_t kFirstSubmit = 16;
constexpr std::uint64_t kMeasuredSteps = 2;

std::uint64_t canary_bytes(const Program& program) {
  return std::max<std::uint64_t>(program.dispatches.size() * sizeof(std::uint32_t), kRegionAlignment);
}

}  // namespace

VulkanExecutable::VulkanExecutable(std::shared_ptr<OpenDevice> open, Program program,
                                   std::shared_ptr<VulkanStateStore> store)
    : open_(std::move(open)),
      allocations_before_(open_->device.allocation_count),
      program_(std::move(program)),
      store_(std::move(store)),
      memory_(*open_, program_, *store_),
      canary_(open_->device, canary_bytes(program_), MemoryUse::Shared, "the canary") {
  make_pipelines();
  record(true);
}

void VulkanExecutable::make_pipelines() {
  std::vector<PipelineKey> keys;
  for (const PlacedDispatch& placed : program_.dispatches) {
    keys.push_back({placed.dispatch.shader, placed.dispatch.constants, placed.dispatch.subgroup_size});
  }
  keys.push_back({"canary", {1}, 0});
  pipelines_ = open_->pipelines.get(keys);
  canary_pipeline_ = pipelines_.back();
  pipelines_.pop_back();
}

RecordingParts VulkanExecutable::parts() const {
  return {*open_, program_, memory_, pipelines_, canary_pipeline_, canary_};
}

void VulkanExecutable::record(bool every_dispatch) {
  recording_.reset();
  recording_ = std::make_unique<Recording>(parts(), submits(), every_dispatch);
  measuring_ = every_dispatch;
}

void VulkanExecutable::write_input(std::uint32_t input, std::span<const std::byte> bytes) {
  SCORIA_CHECK(input < program_.inputs.size(), "an input that the program does not have");
  memory_.write_input(program_.inputs[input].region, bytes);
}

std::vector<SubmitRange> VulkanExecutable::submits() const {
  if (dispatch_ms_.empty()) return split_evenly(static_cast<std::uint32_t>(program_.dispatches.size()), kFirstSubmit);
  return split_by_time(dispatch_ms_, open_->device.submit_budget_ms);
}

void VulkanExecutable::run() {
  if (!recording_) record(statistics_.steps < kMeasuredSteps);
  replay();
  if (!measuring_) return;
  remember_times();
  record(statistics_.steps < kMeasuredSteps);
}

void VulkanExecutable::replay() {
  const Stopwatch stopwatch;
  try {
    recording_->run();
  } catch (...) {
    recording_.reset();  // in an unknown state; the next run records anew
    throw;
  }
  const double wall_ms = stopwatch.ms();
  statistics_.steps += 1;
  statistics_.device_allocations = open_->device.allocation_count - allocations_before_;
  statistics_.device_bytes = open_->device.allocated_bytes;
  statistics_.dispatches = static_cast<std::uint32_t>(program_.dispatches.size());
  statistics_.barriers = recording_->barrier_count();
  statistics_.submits = recording_->submit_count();
  statistics_.host_ms = wall_ms - recording_->wait_ms();
  statistics_.device_ms = recording_->device_ms();
  if (debug(DebugWord::Time)) {
    log(LogLevel::Info, fmt::format("time: step {} took {:.2f} ms, {:.2f} ms of it on the device in {} submits",
                                    statistics_.steps, wall_ms, statistics_.device_ms, statistics_.submits));
  }
}

void VulkanExecutable::remember_times() {
  dispatch_ms_ = recording_->dispatch_ms();
  // A software device has no watchdog, and in the first step a driver may still compile.
  if (statistics_.steps < kMeasuredSteps || open_->device.caps().device_class == DeviceClass::Cpu) return;
  for (std::size_t i = 0; i < dispatch_ms_.size(); ++i) {
    if (dispatch_ms_[i] <= open_->device.submit_budget_ms) continue;
    const PlacedNode& node = program_.nodes[program_.dispatches[i].node];
    log(LogLevel::Info, fmt::format("one dispatch of {} \"{}\" takes {:.0f} ms on {}; a driver may reset a device "
                                    "that is busy for 2 s: a smaller batch is safer",
                                    node.op->name, node.label, dispatch_ms_[i], open_->device.probe().info.name));
  }
}

std::vector<NodeTime> VulkanExecutable::run_timed() {
  if (!recording_ || !measuring_) record(true);
  replay();
  const std::vector<double> ms = recording_->dispatch_ms();
  std::vector<NodeTime> times(program_.nodes.size());
  for (std::uint32_t node = 0; node < times.size(); ++node) times[node].node = node;
  for (std::size_t i = 0; i < ms.size(); ++i) times[program_.dispatches[i].node].ms += ms[i];
  remember_times();
  record(statistics_.steps < kMeasuredSteps);
  return times;
}

void VulkanExecutable::read_output(std::uint32_t output, std::span<std::byte> bytes) const {
  SCORIA_CHECK(output < program_.outputs.size(), "an output that the program does not have");
  read_region(program_.outputs[output].region, bytes);
}

void VulkanExecutable::fill_intermediates(std::uint32_t pattern) { memory_.fill_intermediates(pattern); }

void VulkanExecutable::read_region(const Region& region, std::span<std::byte> bytes) const {
  SCORIA_CHECK(bytes.size() <= region.bytes, "more bytes than the region has");
  open_->transfer.read(memory_.buffer(region), region.offset, bytes);
}

}  // namespace scoria::vulkan
