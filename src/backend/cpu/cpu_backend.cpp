#include "backend/cpu/cpu_backend.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "backend/cpu/host_memory.h"
#include "backend/cpu/peaks.h"
#include "backend/cpu/reference_kernel.h"
#include "backend/shared_arena.h"
#include "backend/state_index.h"
#include "base/check.h"
#include "base/cpu_isa.h"
#include "base/stopwatch.h"
#include "scoria/host_threads.h"

namespace scoria {
namespace {

class CpuStateStore : public StateStore {
 public:
  std::uint32_t block(const std::string& name, const TensorDesc& desc) override {
    if (const auto known = index_.find(name, desc)) return *known;
    blocks_.emplace_back(desc.byte_count(), name.c_str());
    return index_.add(name, desc);
  }

  void write(std::uint32_t block, std::uint64_t byte_offset, std::span<const std::byte> bytes) override {
    SCORIA_CHECK(byte_offset + bytes.size() <= blocks_[block].bytes(), "write inside the state");
    std::memcpy(blocks_[block].data() + byte_offset, bytes.data(), bytes.size());
  }

  void read(std::uint32_t block, std::uint64_t byte_offset, std::span<std::byte> bytes) const override {
    SCORIA_CHECK(byte_offset + bytes.size() <= blocks_[block].bytes(), "read inside the state");
    std::memcpy(bytes.data(), blocks_[block].data() + byte_offset, bytes.size());
  }

  std::byte* data(std::uint32_t block) const { return blocks_[block].data(); }

  std::shared_ptr<HostMemory> arena_block(std::size_t index, std::uint64_t bytes) {
    return arena_.block(index, bytes, [&] { return std::make_shared<HostMemory>(bytes, "the activation arena"); });
  }

 private:
  std::vector<HostMemory> blocks_;
  SharedArena<HostMemory> arena_;
  StateIndex index_;
};

/// A node with its pointers resolved.
struct ReadyNode {
  CpuKernel kernel;
  std::vector<const void*> inputs;
  std::vector<void*> outputs;
};

class CpuExecutable : public Executable {
 public:
  CpuExecutable(Program program, std::shared_ptr<StateStore> store)
      : program_(std::move(program)),
        store_(std::static_pointer_cast<CpuStateStore>(std::move(store))),
        input_(program_.input_bytes, "the inputs of a step"),
        output_(program_.output_bytes, "the outputs of a step") {
    for (const std::uint64_t bytes : program_.arena_block_bytes)
      arena_.push_back(store_->arena_block(arena_.size(), bytes));
    for (const PlacedTensor& state : program_.states) state_blocks_.push_back(store_->block(state.name, state.desc));
    for (const PlacedNode& node : program_.nodes) nodes_.push_back(make_ready(node));
    statistics_.device_allocations = arena_.size() + 2 + state_blocks_.size();
    statistics_.device_bytes = program_.input_bytes + program_.output_bytes;
    for (const auto& block : arena_) statistics_.device_bytes += block->bytes();
    for (const PlacedTensor& state : program_.states) statistics_.device_bytes += state.desc.byte_count();
    statistics_.dispatches = static_cast<std::uint32_t>(nodes_.size());
  }

  void write_input(std::uint32_t input, std::span<const std::byte> bytes) override {
    std::memcpy(address(program_.inputs[input].region), bytes.data(), bytes.size());
  }

  void run() override {
    const Stopwatch stopwatch;
    for (const ReadyNode& node : nodes_) node.kernel({node.inputs, node.outputs});
    finish_step(stopwatch.ms());
  }

  std::vector<NodeTime> run_timed() override {
    std::vector<NodeTime> times;
    const Stopwatch stopwatch;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      const Stopwatch of_node;
      nodes_[i].kernel({nodes_[i].inputs, nodes_[i].outputs});
      times.push_back({i, of_node.ms()});
    }
    finish_step(stopwatch.ms());
    return times;
  }

  void read_output(std::uint32_t output, std::span<std::byte> bytes) const override {
    read_region(program_.outputs[output].region, bytes);
  }

  StepStatistics statistics() const override { return statistics_; }

  void fill_intermediates(std::uint32_t pattern) override {
    for (const auto& block : arena_) fill(*block, pattern);
    fill(output_, pattern);
  }

  void read_region(const Region& region, std::span<std::byte> bytes) const override {
    SCORIA_CHECK(bytes.size() <= region.bytes, "read inside the region");
    std::memcpy(bytes.data(), address(region), bytes.size());
  }

 private:
  static void fill(const HostMemory& memory, std::uint32_t pattern) {
    for (std::uint64_t i = 0; i + 4 <= memory.bytes(); i += 4) std::memcpy(memory.data() + i, &pattern, 4);
  }

  std::byte* address(const Region& region) const {
    switch (region.space) {
      case Space::Arena:
        return arena_[region.block]->data() + region.offset;
      case Space::State:
        return store_->data(state_blocks_[region.block]) + region.offset;
      case Space::Input:
        return input_.data() + region.offset;
      case Space::Output:
        return output_.data() + region.offset;
    }
    check_failed(__FILE__, __LINE__, "space", "unknown memory space");
  }

  ReadyNode make_ready(const PlacedNode& node) const {
    const OpCall call{node.op->name, node.label, node.input_descs, node.output_descs, node.attributes};
    ReadyNode ready{node.op->cpu ? node.op->cpu(call) : reference_kernel(*node.op, call), {}, {}};
    for (const Region& region : node.inputs) ready.inputs.push_back(address(region));
    for (const Region& region : node.outputs) ready.outputs.push_back(address(region));
    return ready;
  }

  void finish_step(double ms) {
    ++statistics_.steps;
    statistics_.device_ms = ms;
    statistics_.submits = 1;
  }

  Program program_;
  std::shared_ptr<CpuStateStore> store_;
  std::vector<std::shared_ptr<HostMemory>> arena_;
  HostMemory input_, output_;
  std::vector<std::uint32_t> state_blocks_;
  std::vector<ReadyNode> nodes_;
  StepStatistics statistics_;
};

// What the kernel could give now, file cache included; 0 where it does not say. Free pages alone would count a machine
// that has read its files as full.
std::uint64_t available_bytes() {
  std::ifstream meminfo("/proc/meminfo");
  for (std::string key; meminfo >> key;) {
    std::uint64_t kib = 0;
    if (key == "MemAvailable:" && meminfo >> kib) return kib * 1024;
  }
  return 0;
}

class CpuBackend : public Backend {
 public:
  CpuBackend() {
    info_.name = fmt::format("CPU ({}, {} thread{})", cpu_isa_name(cpu_isa()), host_threads(),
                             host_threads() == 1 ? "" : "s");
    info_.kind = "cpu";
    info_.driver = "scoria";
    info_.memory_bytes =
        static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    info_.memory_free_bytes = available_bytes();
  }

  const DeviceInfo& info() const override { return info_; }
  const DeviceCaps* caps() const override { return nullptr; }
  std::shared_ptr<StateStore> make_state_store() override { return std::make_shared<CpuStateStore>(); }
  std::unique_ptr<Executable> load(Program program, std::shared_ptr<StateStore> store) override {
    return std::make_unique<CpuExecutable>(std::move(program), std::move(store));
  }
  DevicePeaks measure_peaks() override { return measure_host_peaks(); }
  // There are no pipelines here.
  std::vector<PipelineStatistics> compile(std::span<const Dispatch>) override { return {}; }

 private:
  DeviceInfo info_;
};

}  // namespace

std::shared_ptr<Backend> open_cpu() { return std::make_shared<CpuBackend>(); }

}  // namespace scoria
