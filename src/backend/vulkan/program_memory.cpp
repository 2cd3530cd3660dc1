#include "backend/vulkan/program_memory.h"

#include <fmt/format.h>

#include <cstring>

#include "base/check.h"

namespace scoria::vulkan {
namespace {

/// Whole words, which vkCmdFillBuffer fills.
std::uint64_t whole(std::uint64_t bytes) {
  return (bytes + kRegionAlignment - 1) / kRegionAlignment * kRegionAlignment;
}

}  // namespace

ProgramMemory::ProgramMemory(OpenDevice& open, const Program& program, VulkanStateStore& store) : open_(open) {
  VulkanDevice& device = open.device;
  for (const PlacedTensor& state : program.states)
    states_.push_back(&store.buffer(store.block(state.name, state.desc)));
  const std::size_t blocks = program.arena_block_bytes.size();
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::string name =
        blocks == 1 ? "the activation arena" : fmt::format("block {} of {} of the activation arena", i + 1, blocks);
    const std::uint64_t bytes = whole(std::max<std::uint64_t>(program.arena_block_bytes[i], 1));
    arena_.push_back(store.arena_block(i, bytes, name));
  }
  if (program.input_bytes > 0) {
    input_ = std::make_unique<Buffer>(device, whole(program.input_bytes), MemoryUse::Device, "the inputs");
    open.transfer.fill(*input_, 0);
    if (!input_->mapped()) {
      staging_ = std::make_unique<Buffer>(device, input_->bytes(), MemoryUse::Upload, "staging for the inputs");
      std::memset(staging_->mapped(), 0, staging_->bytes());
    }
  }
  if (program.output_bytes > 0) {
    output_ = std::make_unique<Buffer>(device, whole(program.output_bytes), MemoryUse::Device, "the outputs");
    open.transfer.fill(*output_, 0);
  }
}

const Buffer& ProgramMemory::buffer(const Region& region) const {
  const Buffer* found = nullptr;
  switch (region.space) {
    case Space::Arena:
      SCORIA_CHECK(region.block < arena_.size(), "an arena block that the program does not have");
      found = arena_[region.block].get();
      break;
    case Space::State:
      SCORIA_CHECK(region.block < states_.size(), "a state that the program does not have");
      found = states_[region.block];
      break;
    case Space::Input:
      found = input_.get();
      break;
    case Space::Output:
      found = output_.get();
      break;
  }
  SCORIA_CHECK(found && region.offset + region.bytes <= found->bytes(), "a region beyond the memory of its program");
  return *found;
}

void ProgramMemory::write_input(const Region& region, std::span<const std::byte> bytes) {
  SCORIA_CHECK(region.space == Space::Input, "an input outside the input block");
  SCORIA_CHECK(region.offset + bytes.size() <= input_->bytes(), "an input beyond the input block");
  std::memcpy((staging_ ? staging_ : input_)->mapped() + region.offset, bytes.data(), bytes.size());
}

void ProgramMemory::fill_intermediates(std::uint32_t pattern) {
  for (const auto& block : arena_) open_.transfer.fill(*block, pattern);
  if (output_) open_.transfer.fill(*output_, pattern);
}

}  // namespace scoria::vulkan
