#include "support/device_run.h"

#include <fmt/format.h>

#include <cstring>

#include "base/check.h"
#include "graph/node.h"
#include "plan/make_program.h"

namespace scoria::test {
namespace {

// A quiet NaN of its own: a tensor element nobody wrote shows as NaN, a byte between tensors as no longer this.
constexpr std::uint32_t kPoison = 0x7FC5C0DE;
constexpr std::uint64_t kGuardBytes = 256;

Program plan(Backend& backend, const Graph& graph) {
  PlanOptions options;
  if (const DeviceCaps* caps = backend.caps()) options.caps = *caps;
  options.guard_bytes = kGuardBytes;
  return make_program(graph, options);
}

std::vector<Region> all_regions(const Program& program) {
  std::vector<Region> regions;
  for (const PlacedNode& node : program.nodes) {
    regions.insert(regions.end(), node.inputs.begin(), node.inputs.end());
    regions.insert(regions.end(), node.outputs.begin(), node.outputs.end());
  }
  for (const PlacedDispatch& dispatch : program.dispatches) {
    regions.insert(regions.end(), dispatch.buffers.begin(), dispatch.buffers.end());
  }
  for (const PlacedTensor& output : program.outputs) regions.push_back(output.region);
  return regions;
}

}  // namespace

DeviceRun::DeviceRun(Backend& backend, const OpCase& op_case)
    : op_case_(op_case), program_(plan(backend, op_case.graph())), states_(backend.make_state_store()) {
  const std::string hazard = find_hazard(program_);
  SCORIA_CHECK(hazard.empty(), hazard.c_str());
  executable_ = backend.load(program_, states_);
}

void DeviceRun::run() {
  for (const Given& g : op_case_.given()) {
    const std::vector<std::byte> bytes = encode(g.value.dtype(), g.values);
    if (g.is_state) {
      states_->write(states_->block(g.name, g.value.desc()), 0, bytes);
      continue;
    }
    for (std::uint32_t i = 0; i < program_.inputs.size(); ++i) {
      if (program_.inputs[i].name == g.name) executable_->write_input(i, bytes);
    }
  }
  executable_->fill_intermediates(kPoison);
  executable_->run();
}

std::vector<double> DeviceRun::output(std::size_t i) const {
  const TensorDesc& desc = program_.outputs[i].desc;
  std::vector<std::byte> bytes(desc.byte_count());
  executable_->read_output(static_cast<std::uint32_t>(i), bytes);
  return decode(desc.dtype, bytes);
}

std::vector<double> DeviceRun::state(const std::string& name) const {
  for (const Given& g : op_case_.given()) {
    if (g.name != name) continue;
    std::vector<std::byte> bytes(g.value.desc().byte_count());
    states_->read(states_->block(name, g.value.desc()), 0, bytes);
    return decode(g.value.dtype(), bytes);
  }
  SCORIA_CHECK(false, "a state of the case");
  return {};
}

std::vector<std::byte> DeviceRun::result_bytes() const {
  std::vector<std::byte> all;
  for (std::uint32_t i = 0; i < program_.outputs.size(); ++i) {
    std::vector<std::byte> bytes(program_.outputs[i].desc.byte_count());
    executable_->read_output(i, bytes);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  for (const Given& g : op_case_.given()) {
    if (!g.is_state) continue;
    std::vector<std::byte> bytes(g.value.desc().byte_count());
    states_->read(states_->block(g.name, g.value.desc()), 0, bytes);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

std::string DeviceRun::damage() const {
  for (std::uint32_t i = 0; i < program_.arena_block_bytes.size(); ++i) {
    const std::string found = damage_between(Space::Arena, i, program_.arena_block_bytes[i]);
    if (!found.empty()) return "arena, " + found;
  }
  const std::string found = damage_between(Space::Output, 0, program_.output_bytes);
  if (!found.empty()) return "outputs, " + found;
  for (const PlacedTensor& input : program_.inputs) {
    if (is_updated(input.region)) continue;
    std::vector<std::byte> bytes(input.region.bytes);
    executable_->read_region(input.region, bytes);
    for (const Given& g : op_case_.given()) {
      if (g.name == input.name && bytes != encode(g.value.dtype(), g.values)) return "input " + g.name + " changed";
    }
  }
  return "";
}

std::string DeviceRun::damage_between(Space space, std::uint32_t block, std::uint64_t bytes) const {
  if (bytes == 0) return "";
  std::vector<std::byte> memory(bytes);
  executable_->read_region({space, block, 0, bytes}, memory);
  std::vector<bool> owned(bytes, false);
  for (const Region& region : all_regions(program_)) {
    if (region.space != space || region.block != block) continue;
    for (std::uint64_t b = region.offset; b < region.offset + region.bytes; ++b) owned[b] = true;
  }
  for (std::uint64_t b = 0; b + 4 <= bytes; b += 4) {
    std::uint32_t found;
    std::memcpy(&found, memory.data() + b, 4);
    const bool free = !owned[b] && !owned[b + 1] && !owned[b + 2] && !owned[b + 3];
    if (free && found != kPoison)
      return fmt::format("block {}: byte {} belongs to nobody and holds {:#x}", block, b, found);
  }
  return "";
}

bool DeviceRun::is_updated(const Region& region) const {
  for (const PlacedNode& node : program_.nodes) {
    for (const Alias& alias : node.op->aliases) {
      if (alias.kind == AliasKind::Update && node.outputs[alias.output].overlaps(region)) return true;
    }
  }
  return false;
}

}  // namespace scoria::test
