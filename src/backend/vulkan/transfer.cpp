#include "backend/vulkan/transfer.h"

#include <algorithm>
#include <cstring>

namespace scoria::vulkan {
namespace {

constexpr std::uint64_t kPiece = 16ull << 20;
constexpr VkPipelineStageFlags kWork = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
constexpr VkAccessFlags kWorkWrites = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
constexpr VkAccessFlags kWorkAccess = kWorkWrites | VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT;

}  // namespace

Transfer::Tools& Transfer::tools() {
  if (!tools_) tools_ = std::make_unique<Tools>(device_);
  return *tools_;
}

void Transfer::submit_and_wait(const std::function<void(VkCommandBuffer)>& record) {
  Tools& t = tools();
  try {
    t.pool.reset();
    const VkCommandBuffer commands = t.pool.begin();
    record(commands);
    t.pool.end(commands);
    device_.submit(commands, t.fence.handle());
    t.fence.wait([] { return 0; });
  } catch (...) {
    // The fence and the command buffer are in an unknown state: the next transfer starts with new ones.
    device_.wait_idle();
    tools_.reset();
    throw;
  }
}

void Transfer::copy_and_wait(VkBuffer from, std::uint64_t from_offset, VkBuffer to, std::uint64_t to_offset,
                             std::uint64_t bytes) {
  VolkDeviceTable& calls = device_.calls();
  submit_and_wait([&](VkCommandBuffer commands) {
    record_barrier(calls, commands, kWork | VK_PIPELINE_STAGE_HOST_BIT, kWorkWrites | VK_ACCESS_HOST_WRITE_BIT,
                   VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT);
    const VkBufferCopy region{from_offset, to_offset, bytes};
    calls.vkCmdCopyBuffer(commands, from, to, 1, &region);
    record_barrier(calls, commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT,
                   kWork | VK_PIPELINE_STAGE_HOST_BIT, kWorkAccess | VK_ACCESS_HOST_READ_BIT);
  });
}

void Transfer::write(const Buffer& to, std::uint64_t offset, std::span<const std::byte> bytes) {
  if (to.mapped()) {
    std::memcpy(to.mapped() + offset, bytes.data(), bytes.size());
    return;
  }
  const std::lock_guard lock(mutex_);
  auto& upload = tools().upload;
  if (!upload) upload = std::make_unique<Buffer>(device_, kPiece, MemoryUse::Upload, "staging for uploads");
  for (std::uint64_t at = 0; at < bytes.size(); at += kPiece) {
    const std::uint64_t n = std::min<std::uint64_t>(kPiece, bytes.size() - at);
    std::memcpy(upload->mapped(), bytes.data() + at, n);
    copy_and_wait(upload->handle(), 0, to.handle(), offset + at, n);
  }
}

void Transfer::read(const Buffer& from, std::uint64_t offset, std::span<std::byte> bytes) {
  if (from.mapped() && from.cached()) {
    std::memcpy(bytes.data(), from.mapped() + offset, bytes.size());
    return;
  }
  const std::lock_guard lock(mutex_);
  auto& readback = tools().readback;
  if (!readback) readback = std::make_unique<Buffer>(device_, kPiece, MemoryUse::Readback, "staging for downloads");
  for (std::uint64_t at = 0; at < bytes.size(); at += kPiece) {
    const std::uint64_t n = std::min<std::uint64_t>(kPiece, bytes.size() - at);
    copy_and_wait(from.handle(), offset + at, readback->handle(), 0, n);
    std::memcpy(bytes.data() + at, readback->mapped(), n);
  }
}

void Transfer::copy(const Buffer& from, const Buffer& to) {
  const std::lock_guard lock(mutex_);
  copy_and_wait(from.handle(), 0, to.handle(), 0, from.bytes());
}

void Transfer::fill(const Buffer& to, std::uint32_t pattern) {
  const std::lock_guard lock(mutex_);
  VolkDeviceTable& calls = device_.calls();
  submit_and_wait([&](VkCommandBuffer commands) {
    record_barrier(calls, commands, kWork, kWorkWrites, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT);
    calls.vkCmdFillBuffer(commands, to.handle(), 0, VK_WHOLE_SIZE, pattern);
    record_barrier(calls, commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT,
                   kWork | VK_PIPELINE_STAGE_HOST_BIT,
                   kWorkAccess | VK_ACCESS_HOST_READ_BIT | VK_ACCESS_HOST_WRITE_BIT);
  });
}

}  // namespace scoria::vulkan
