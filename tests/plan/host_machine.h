#pragma once

// Runs programs of toy ops on the host, over exactly the regions the planner gave: node by node like the CPU backend,
// or dispatch by dispatch in a random order between barriers, as a device may.

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "plan/program.h"
#include "plan/toy_ops.h"

namespace scoria::toy {

class HostMachine {
 public:
  explicit HostMachine(const Program& program) : program_(program) {
    for (const std::uint64_t bytes : program.arena_block_bytes) arena_.push_back(make(bytes));
    for (const PlacedTensor& state : program.states) states_.emplace_back(count(state.desc), 0.0f);
    input_ = make(program.input_bytes);
    output_ = make(program.output_bytes);
  }

  void write_inputs(const std::vector<std::vector<float>>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::copy(values[i].begin(), values[i].end(), address(program_.inputs[i].region));
    }
  }

  /// As before a step on a device that has run other things: what nobody writes is NaN.
  void poison() {
    for (std::vector<float>& block : arena_) std::fill(block.begin(), block.end(), kNan);
    std::fill(output_.begin(), output_.end(), kNan);
  }

  void run_nodes() {
    for (const PlacedNode& node : program_.nodes) {
      std::vector<const void*> inputs;
      std::vector<void*> outputs;
      for (const Region& region : node.inputs) inputs.push_back(address(region));
      for (const Region& region : node.outputs) outputs.push_back(address(region));
      const OpCall call{node.op->name, node.label, node.input_descs, node.output_descs, node.attributes};
      node.op->cpu(call)({inputs, outputs});
    }
  }

  void run_dispatches(std::mt19937& random) {
    std::size_t begin = 0;
    while (begin < program_.dispatches.size()) {
      std::size_t end = begin + 1;
      while (end < program_.dispatches.size() && !program_.dispatches[end].barrier_before) ++end;
      std::vector<std::size_t> group;
      for (; begin < end; ++begin) group.push_back(begin);
      std::shuffle(group.begin(), group.end(), random);
      for (const std::size_t i : group) run_dispatch(program_.dispatches[i]);
    }
  }

  std::vector<float> read(const PlacedTensor& tensor) {
    const float* begin = address(tensor.region);
    return {begin, begin + count(tensor.desc)};
  }

 private:
  static constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

  static std::vector<float> make(std::uint64_t bytes) { return std::vector<float>(bytes / sizeof(float), kNan); }

  void run_dispatch(const PlacedDispatch& placed) {
    Buffers buffers;
    for (const Region& region : placed.buffers) buffers.emplace_back(address(region), region.bytes / sizeof(float));
    shaders().at(placed.dispatch.shader)(buffers);
  }

  float* address(const Region& region) {
    std::vector<float>& block = region.space == Space::Arena   ? arena_.at(region.block)
                                : region.space == Space::State ? states_.at(region.block)
                                : region.space == Space::Input ? input_
                                                               : output_;
    if (region.offset + region.bytes > block.size() * sizeof(float))
      throw std::runtime_error("region leaves its block");
    return block.data() + region.offset / sizeof(float);
  }

  const Program& program_;
  std::vector<std::vector<float>> arena_;
  std::vector<std::vector<float>> states_;
  std::vector<float> input_;
  std::vector<float> output_;
};

}  // namespace scoria::toy
