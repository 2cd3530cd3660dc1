#include "backend/vulkan/vulkan_state_store.h"

#include <fmt/format.h>

#include "base/check.h"

namespace scoria::vulkan {

std::uint32_t VulkanStateStore::block(const std::string& name, const TensorDesc& desc) {
  const std::lock_guard lock(mutex_);
  if (const auto known = index_.find(name, desc)) return *known;
  // Whole words, which vkCmdFillBuffer fills.
  const std::uint64_t bytes = (desc.byte_count() + kRegionAlignment - 1) / kRegionAlignment * kRegionAlignment;
  auto buffer = std::make_unique<Buffer>(open_->device, std::max<std::uint64_t>(bytes, kRegionAlignment),
                                         MemoryUse::Device, fmt::format("state \"{}\"", name));
  open_->transfer.fill(*buffer, 0);
  blocks_.push_back(std::move(buffer));
  return index_.add(name, desc);
}

std::shared_ptr<Buffer> VulkanStateStore::arena_block(std::size_t index, std::uint64_t bytes, const std::string& name) {
  const std::lock_guard lock(mutex_);
  return arena_.block(index, bytes,
                      [&] { return std::make_shared<Buffer>(open_->device, bytes, MemoryUse::Device, name); });
}

const Buffer& VulkanStateStore::buffer(std::uint32_t block) const {
  const std::lock_guard lock(mutex_);
  SCORIA_CHECK(block < blocks_.size(), "a state block that the store does not have");
  return *blocks_[block];
}

const Buffer& VulkanStateStore::checked(std::uint32_t block, std::uint64_t offset, std::uint64_t bytes) const {
  const Buffer& found = buffer(block);
  SCORIA_CHECK(offset <= found.bytes() && bytes <= found.bytes() - offset, "beyond the end of a state");
  return found;
}

void VulkanStateStore::write(std::uint32_t block, std::uint64_t byte_offset, std::span<const std::byte> bytes) {
  open_->transfer.write(checked(block, byte_offset, bytes.size()), byte_offset, bytes);
}

void VulkanStateStore::read(std::uint32_t block, std::uint64_t byte_offset, std::span<std::byte> bytes) const {
  open_->transfer.read(checked(block, byte_offset, bytes.size()), byte_offset, bytes);
}

}  // namespace scoria::vulkan
