#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/shared_arena.h"
#include "backend/state_index.h"
#include "backend/vulkan/buffer.h"
#include "backend/vulkan/open_device.h"

namespace scoria::vulkan {

class VulkanStateStore : public StateStore {
 public:
  explicit VulkanStateStore(std::shared_ptr<OpenDevice> open) : open_(std::move(open)) {}

  std::uint32_t block(const std::string& name, const TensorDesc& desc) override;
  void write(std::uint32_t block, std::uint64_t byte_offset, std::span<const std::byte> bytes) override;
  void read(std::uint32_t block, std::uint64_t byte_offset, std::span<std::byte> bytes) const override;

  const Buffer& buffer(std::uint32_t block) const;
  /// `name` is what a message calls it.
  std::shared_ptr<Buffer> arena_block(std::size_t index, std::uint64_t bytes, const std::string& name);
  const OpenDevice* device() const { return open_.get(); }

 private:
  const Buffer& checked(std::uint32_t block, std::uint64_t offset, std::uint64_t bytes) const;

  std::shared_ptr<OpenDevice> open_;
  mutable std::mutex mutex_;
  StateIndex index_;
  std::vector<std::unique_ptr<Buffer>> blocks_;
  SharedArena<Buffer> arena_;
};

}  // namespace scoria::vulkan
