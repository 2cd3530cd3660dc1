#include <algorithm>

#include "backend/cpu/cpu_backend.h"
#include "backend/state_index.h"
#include "base/check.h"
#include "base/stopwatch.h"
#include "tensor/element.h"

namespace scoria {
namespace {

/// Memory in which every element is a double. Programs place tensors in bytes of their dtype; element i of a tensor
/// at byte b lies at double b / 2 + i * size / 2, so that views of any dtype land where they should.
class DoubleMemory {
 public:
  explicit DoubleMemory(std::uint64_t bytes) : values_(bytes / 2 + 1) {}

  void load(std::uint64_t byte_offset, DType dtype, std::span<double> values) const {
    const std::size_t step = size_bytes(dtype) / 2;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = values_[byte_offset / 2 + i * step];
  }
  void store(std::uint64_t byte_offset, DType dtype, std::span<const double> values) {
    const std::size_t step = size_bytes(dtype) / 2;
    for (std::size_t i = 0; i < values.size(); ++i) values_[byte_offset / 2 + i * step] = values[i];
  }
  void write_bytes(std::uint64_t byte_offset, DType dtype, std::span<const std::byte> bytes) {
    std::vector<double> values(bytes.size() / size_bytes(dtype));
    to_double(dtype, bytes.data(), values);
    store(byte_offset, dtype, values);
  }
  void read_bytes(std::uint64_t byte_offset, DType dtype, std::span<std::byte> bytes) const {
    std::vector<double> values(bytes.size() / size_bytes(dtype));
    load(byte_offset, dtype, values);
    from_double(dtype, values, bytes.data());
  }
  void fill(double value) { std::fill(values_.begin(), values_.end(), value); }

 private:
  std::vector<double> values_;
};

class ReferenceStateStore : public StateStore {
 public:
  std::uint32_t block(const std::string& name, const TensorDesc& desc) override {
    if (const auto known = index_.find(name, desc)) return *known;
    blocks_.emplace_back(desc.byte_count());
    return index_.add(name, desc);
  }
  void write(std::uint32_t block, std::uint64_t byte_offset, std::span<const std::byte> bytes) override {
    blocks_[block].write_bytes(byte_offset, index_.desc(block).dtype, bytes);
  }
  void read(std::uint32_t block, std::uint64_t byte_offset, std::span<std::byte> bytes) const override {
    blocks_[block].read_bytes(byte_offset, index_.desc(block).dtype, bytes);
  }
  DoubleMemory& memory(std::uint32_t block) { return blocks_[block]; }

 private:
  std::vector<DoubleMemory> blocks_;
  StateIndex index_;
};

class ReferenceExecutable : public Executable {
 public:
  ReferenceExecutable(Program program, std::shared_ptr<StateStore> store)
      : program_(std::move(program)),
        store_(std::static_pointer_cast<ReferenceStateStore>(std::move(store))),
        input_(program_.input_bytes),
        output_(program_.output_bytes) {
    for (const std::uint64_t bytes : program_.arena_block_bytes) arena_.emplace_back(bytes);
    for (const PlacedTensor& state : program_.states) state_blocks_.push_back(store_->block(state.name, state.desc));
    statistics_.dispatches = static_cast<std::uint32_t>(program_.nodes.size());
  }

  void write_input(std::uint32_t input, std::span<const std::byte> bytes) override {
    const PlacedTensor& tensor = program_.inputs[input];
    input_.write_bytes(tensor.region.offset, tensor.desc.dtype, bytes);
  }

  void run() override { run_timed(); }

  std::vector<NodeTime> run_timed() override {
    std::vector<NodeTime> times;
    for (std::uint32_t i = 0; i < program_.nodes.size(); ++i) {
      const Stopwatch stopwatch;
      run_node(program_.nodes[i]);
      times.push_back({i, stopwatch.ms()});
    }
    ++statistics_.steps;
    statistics_.submits = 1;
    return times;
  }

  void read_output(std::uint32_t output, std::span<std::byte> bytes) const override {
    const PlacedTensor& tensor = program_.outputs[output];
    memory(tensor.region).read_bytes(tensor.region.offset, tensor.desc.dtype, bytes);
  }

  StepStatistics statistics() const override { return statistics_; }

  void fill_intermediates(std::uint32_t pattern) override {
    double value = 0;
    to_double(DType::f32, &pattern, {&value, 1});
    for (DoubleMemory& block : arena_) block.fill(value);
    output_.fill(value);
  }

  void read_region(const Region& region, std::span<std::byte> bytes) const override {
    memory(region).read_bytes(region.offset, DType::f32, bytes);
  }

 private:
  const DoubleMemory& memory(const Region& region) const {
    switch (region.space) {
      case Space::Arena:
        return arena_[region.block];
      case Space::State:
        return store_->memory(state_blocks_[region.block]);
      case Space::Input:
        return input_;
      case Space::Output:
        return output_;
    }
    check_failed(__FILE__, __LINE__, "space", "unknown memory space");
  }
  DoubleMemory& memory(const Region& region) {
    return const_cast<DoubleMemory&>(static_cast<const ReferenceExecutable*>(this)->memory(region));
  }

  ReferenceTensor load(const TensorDesc& desc, const Region& region) const {
    ReferenceTensor tensor{desc, std::vector<double>(static_cast<std::size_t>(desc.shape.element_count()))};
    memory(region).load(region.offset, desc.dtype, tensor.values);
    return tensor;
  }

  void run_node(const PlacedNode& node) {
    std::vector<ReferenceTensor> inputs, outputs;
    std::vector<const ReferenceTensor*> pointers;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) inputs.push_back(load(node.input_descs[i], node.inputs[i]));
    for (const ReferenceTensor& input : inputs) pointers.push_back(&input);
    for (const TensorDesc& desc : node.output_descs) {
      outputs.push_back({desc, std::vector<double>(static_cast<std::size_t>(desc.shape.element_count()))});
    }
    for (const Alias& alias : node.op->aliases) {
      if (alias.kind == AliasKind::Update) outputs[alias.output].values = inputs[alias.input].values;
    }
    node.op->reference({pointers, outputs, node.attributes});
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const Region& region = node.outputs[i];
      memory(region).store(region.offset, outputs[i].desc.dtype, outputs[i].values);
    }
  }

  Program program_;
  std::shared_ptr<ReferenceStateStore> store_;
  std::vector<DoubleMemory> arena_;
  DoubleMemory input_, output_;
  std::vector<std::uint32_t> state_blocks_;
  StepStatistics statistics_;
};

class ReferenceBackend : public Backend {
 public:
  ReferenceBackend() {
    info_.name = "double reference";
    info_.kind = "reference";
    info_.driver = "scoria";
  }
  const DeviceInfo& info() const override { return info_; }
  const DeviceCaps* caps() const override { return nullptr; }
  std::shared_ptr<StateStore> make_state_store() override { return std::make_shared<ReferenceStateStore>(); }
  std::unique_ptr<Executable> load(Program program, std::shared_ptr<StateStore> store) override {
    return std::make_unique<ReferenceExecutable>(std::move(program), std::move(store));
  }
  DevicePeaks measure_peaks() override { return {}; }
  // There are no pipelines here.
  std::vector<PipelineStatistics> compile(std::span<const Dispatch>) override { return {}; }

 private:
  DeviceInfo info_;
};

}  // namespace

std::shared_ptr<Backend> open_reference() { return std::make_shared<ReferenceBackend>(); }

}  // namespace scoria
