#include "backend/vulkan/buffer.h"

#include <fmt/format.h>

#include "backend/vulkan/result.h"
#include "base/bytes_text.h"
#include "base/debug.h"
#include "base/log.h"
#include "scoria/error.h"

namespace scoria::vulkan {
namespace {

// llvmpipe 26.1 runs the body of a pre-tested loop once more with an empty mask, and does not mask loads at uniform
// addresses: a kernel can read, never use, one loop body beyond its tensor.
constexpr std::uint64_t kLlvmpipeOverread = 64 << 10;

bool addressed(MemoryUse use) { return use == MemoryUse::Device || use == MemoryUse::Shared; }

std::string describe_want(const VulkanDevice& device, std::uint64_t bytes, const std::string& name) {
  const std::uint64_t free = free_bytes(device.probe());
  const std::string total = bytes_text(device.probe().info.memory_bytes);
  const std::string have = free ? fmt::format("{} of {} free", bytes_text(free), total) : "of " + total;
  return fmt::format("for {}, {} ({} on {})", name, bytes_text(bytes), have, device.probe().info.name);
}

}  // namespace

Buffer::Buffer(VulkanDevice& device, std::uint64_t bytes, MemoryUse use, const std::string& name)
    : device_(device), bytes_(bytes) {
  if (bytes > device.caps().max_allocation_bytes) {
    throw Error(ErrorKind::Memory,
                fmt::format("one allocation {}: the driver allows {}; use a smaller batch or model",
                            describe_want(device, bytes, name), bytes_text(device.caps().max_allocation_bytes)));
  }
  auto info = of_type<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
  info.size = bytes;
  info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  if (addressed(use)) {
    info.usage |= VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT;
  }
  device.check(device.calls().vkCreateBuffer(device.handle(), &info, nullptr, &handle_), "vkCreateBuffer");
  try {
    allocate(use, name);
  } catch (...) {
    destroy();
    throw;
  }
}

void Buffer::allocate(MemoryUse use, const std::string& name) {
  VolkDeviceTable& calls = device_.calls();
  VkMemoryRequirements needs;
  calls.vkGetBufferMemoryRequirements(device_.handle(), handle_, &needs);
  const auto type =
      choose_memory_type(device_.probe().memory, needs.memoryTypeBits, use, device_.caps().unified_memory);
  if (!type) throw Error(ErrorKind::Device, fmt::format("{}: no memory type serves {}", device_.caps().name, name));
  auto flags = of_type<VkMemoryAllocateFlagsInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO);
  flags.flags = addressed(use) ? VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT : 0;
  auto info = of_type<VkMemoryAllocateInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO);
  info.pNext = &flags;
  info.allocationSize = needs.size + (device_.caps().is_llvmpipe ? kLlvmpipeOverread : 0);
  info.memoryTypeIndex = *type;
  const VkResult result = calls.vkAllocateMemory(device_.handle(), &info, nullptr, &memory_);
  if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY) {
    throw Error(ErrorKind::Memory, fmt::format("vkAllocateMemory: {} {}; use a smaller batch, or a device with more",
                                               result_name(result), describe_want(device_, bytes_, name)));
  }
  device_.check(result, "vkAllocateMemory for " + name);
  allocation_bytes_ = info.allocationSize;
  device_.allocated_bytes += allocation_bytes_;
  ++device_.allocation_count;
  device_.check(calls.vkBindBufferMemory(device_.handle(), handle_, memory_, 0), "vkBindBufferMemory");
  const VkMemoryPropertyFlags properties = device_.probe().memory.memoryTypes[*type].propertyFlags;
  const bool visible =
      (properties & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) && (properties & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
  if (visible && (use != MemoryUse::Device || device_.caps().unified_memory)) {
    void* at = nullptr;
    device_.check(calls.vkMapMemory(device_.handle(), memory_, 0, VK_WHOLE_SIZE, 0, &at), "vkMapMemory for " + name);
    mapped_ = static_cast<std::byte*>(at);
    cached_ = properties & VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
  }
  if (addressed(use)) {
    auto address = of_type<VkBufferDeviceAddressInfo>(VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO);
    address.buffer = handle_;
    address_ = calls.vkGetBufferDeviceAddress(device_.handle(), &address);
  }
  device_.name(VK_OBJECT_TYPE_BUFFER, reinterpret_cast<std::uint64_t>(handle_), name);
  if (debug(DebugWord::Device)) {
    log(LogLevel::Info, fmt::format("device: {} for {}, memory type {}", bytes_text(bytes_), name, *type));
  }
}

Buffer::~Buffer() { destroy(); }

void Buffer::destroy() {
  if (device_.hung()) return;
  if (handle_) device_.calls().vkDestroyBuffer(device_.handle(), handle_, nullptr);
  if (memory_) device_.calls().vkFreeMemory(device_.handle(), memory_, nullptr);
  device_.allocated_bytes -= allocation_bytes_;
}

}  // namespace scoria::vulkan
