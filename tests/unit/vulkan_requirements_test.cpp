#include "backend/vulkan/requirements.h"

#include <doctest/doctest.h>

#include "backend/vulkan/memory_type.h"
#include "backend/vulkan/shader_needs.h"
#include "backend/vulkan/shaders.h"
#include "backend/vulkan/submit_plan.h"

namespace scoria::vulkan {
namespace {

DeviceFacts good() {
  DeviceFacts facts;
  facts.api_minor = 2;
  facts.compute_queue = facts.buffer_device_address = facts.device_memory = true;
  return facts;
}

VkPhysicalDeviceMemoryProperties memory(std::initializer_list<VkMemoryPropertyFlags> types) {
  VkPhysicalDeviceMemoryProperties made{};
  made.memoryHeapCount = 2;
  made.memoryHeaps[0].size = 8ull << 30;
  made.memoryHeaps[1].size = 16ull << 30;
  for (const VkMemoryPropertyFlags flags : types) {
    const bool device = flags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
    made.memoryTypes[made.memoryTypeCount++] = {flags, device ? 0u : 1u};
  }
  return made;
}

constexpr VkMemoryPropertyFlags kDevice = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
constexpr VkMemoryPropertyFlags kVisible = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
constexpr VkMemoryPropertyFlags kCached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT;

}  // namespace

TEST_CASE("a device is refused for the first thing it lacks") {
  CHECK(find_refusal(good()).empty());
  DeviceFacts facts = good();
  facts.api_minor = 1;
  CHECK(find_refusal(facts) == "its driver knows Vulkan 1.1; 1.2 is needed");
  facts = good();
  facts.compute_queue = false;
  CHECK(find_refusal(facts) == "no compute queue");
  facts = good();
  facts.buffer_device_address = false;
  CHECK(find_refusal(facts) == "no bufferDeviceAddress, by which kernels take their arguments");
  facts = good();
  facts.device_memory = false;
  CHECK(find_refusal(facts) == "no memory type that buffers can live in");
  facts = good();
  facts.max_push_bytes = 64;
  CHECK(find_refusal(facts) == "64 bytes of push constants; 128 are needed");
}

TEST_CASE("the driver's release is read from its description") {
  using Release = std::array<std::uint32_t, 3>;
  CHECK(parse_release("Mesa 25.0.7-2~bpo12+1 (LLVM 15.0.6)") == Release{25, 0, 7});
  CHECK(parse_release("Mesa 26.1.6-1") == Release{26, 1, 6});
  CHECK(parse_release("Mesa 24.3 (git-123abc)") == Release{24, 3, 0});
  CHECK(parse_release("535.129.03") == Release{535, 129, 3});
  CHECK(parse_release("no number") == Release{0, 0, 0});
  CHECK(parse_release("") == Release{0, 0, 0});
}

TEST_CASE("memory types of a discrete device") {
  const auto m = memory({kVisible, kDevice, kDevice | kVisible, kVisible | kCached});
  CHECK(choose_memory_type(m, ~0u, MemoryUse::Device, false) == 1u);
  CHECK(choose_memory_type(m, ~0u, MemoryUse::Upload, false) == 0u);
  CHECK(choose_memory_type(m, ~0u, MemoryUse::Readback, false) == 3u);
  CHECK(choose_memory_type(m, ~0u, MemoryUse::Shared, false) == 3u);
  CHECK(choose_memory_type(m, 0b0101u, MemoryUse::Device, false) == 2u);
  CHECK_FALSE(choose_memory_type(m, 0b0010u, MemoryUse::Readback, false).has_value());
  CHECK(tensor_heap(m, false) == 0);
}

TEST_CASE("memory types of a device with unified memory") {
  const auto m = memory({kDevice, kDevice | kVisible, kDevice | kVisible | kCached});
  CHECK(choose_memory_type(m, ~0u, MemoryUse::Device, true) == 2u);
  CHECK(choose_memory_type(m, 0b011u, MemoryUse::Device, true) == 1u);
}

TEST_CASE("memory types that are slow or protected are never taken") {
  const auto m = memory({kDevice | VK_MEMORY_PROPERTY_PROTECTED_BIT,
                         kDevice | kVisible | VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD, kVisible});
  CHECK(choose_memory_type(m, ~0u, MemoryUse::Device, false) == 2u);
}

TEST_CASE("a shader's needs are held against the device") {
  const std::uint32_t capability = (2u << 16) | 17u;
  const std::uint32_t other = (3u << 16) | 14u;
  const std::vector<std::uint32_t> spirv = {0x07230203, 0x10500, 0, 1, 0, capability, 1, capability, 11, other, 0, 0};
  DeviceCaps caps;
  CHECK(find_lack(spirv, caps) == "64-bit integers");
  caps.int64 = true;
  CHECK(find_lack(spirv, caps).empty());
  CHECK(find_lack({}, caps).empty());
  // What no feature bit was read for is not believed: CooperativeMatrixKHR.
  const std::vector<std::uint32_t> matrices = {0x07230203, 0x10500, 0, 1, 0, capability, 1, capability, 6022, other, 0, 0};
  CHECK(find_lack(matrices, caps) == "a capability that this device was not asked for");
}

TEST_CASE("no shader needs what devices are not asked for") {
  DeviceCaps caps;
  caps.int64 = caps.float16 = caps.storage16 = true;
  caps.subgroup_arithmetic = caps.subgroup_shuffle = caps.subgroup_ballot = true;
  CHECK(shader_names().size() > 50);
  for (const std::string_view name : shader_names()) {
    CAPTURE(name);
    CHECK(find_lack(find_shader(name), caps).empty());
  }
}

TEST_CASE("submits are cut by count, then by time") {
  using Ranges = std::vector<SubmitRange>;
  CHECK(split_evenly(0, 16) == Ranges{});
  CHECK(split_evenly(5, 2) == Ranges{{0, 2}, {2, 4}, {4, 5}});
  CHECK(split_by_time({}, 100) == Ranges{});
  const std::vector<double> ms = {40, 40, 40, 250, 1, 1};
  CHECK(split_by_time(ms, 100) == Ranges{{0, 2}, {2, 3}, {3, 4}, {4, 6}});
  CHECK(split_by_time(ms, 1000) == Ranges{{0, 6}});
}

}  // namespace scoria::vulkan
