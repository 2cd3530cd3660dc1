// Every call of the device fails in turn, with a want of memory or a lost device: each time an Error, no object left
// behind, and a program that works afterwards.

#include <atomic>
#include <mutex>
#include <set>

#include "backend/vulkan_fixture.h"
#include "scoria/error.h"

namespace scoria::test {
namespace {

std::atomic<int> calls_made{0};
int failing_call = 0;
VkResult failure = VK_SUCCESS;

std::mutex live_mutex;
std::set<std::uint64_t> live;

template <typename Handle>
std::uint64_t number(Handle handle) {
  return reinterpret_cast<std::uint64_t>(handle);
}

/// In the place of a function that returns a VkResult.
template <auto Member>
struct Failing;
template <typename... A, VkResult (*VolkDeviceTable::*Member)(A...)>
struct Failing<Member> {
  static inline VkResult (*real)(A...) = nullptr;
  static VkResult call(A... arguments) { return ++calls_made == failing_call ? failure : real(arguments...); }
  static void install(VolkDeviceTable& table) {
    real = table.*Member;
    table.*Member = call;
  }
};

/// The same for one that makes an object, which its last argument points to.
template <auto Member>
struct Making;
template <typename... A, VkResult (*VolkDeviceTable::*Member)(A...)>
struct Making<Member> {
  static inline VkResult (*real)(A...) = nullptr;
  static VkResult call(A... arguments) {
    if (++calls_made == failing_call) return failure;
    const VkResult result = real(arguments...);
    const auto* made = std::get<sizeof...(A) - 1>(std::tuple<A...>(arguments...));
    const std::lock_guard lock(live_mutex);
    if (result == VK_SUCCESS) live.insert(number(*made));
    return result;
  }
  static void install(VolkDeviceTable& table) {
    real = table.*Member;
    table.*Member = call;
  }
};

/// In the place of a function that destroys its second argument.
template <auto Member>
struct Destroying;
template <typename H, void (*VolkDeviceTable::*Member)(VkDevice, H, const VkAllocationCallbacks*)>
struct Destroying<Member> {
  static inline void (*real)(VkDevice, H, const VkAllocationCallbacks*) = nullptr;
  static void call(VkDevice device, H handle, const VkAllocationCallbacks* callbacks) {
    {
      const std::lock_guard lock(live_mutex);
      live.erase(number(handle));
    }
    real(device, handle, callbacks);
  }
  static void install(VolkDeviceTable& table) {
    real = table.*Member;
    table.*Member = call;
  }
};

void install(VolkDeviceTable& table) {
  using T = VolkDeviceTable;
  Making<&T::vkCreateBuffer>::install(table);
  Making<&T::vkAllocateMemory>::install(table);
  Making<&T::vkCreateCommandPool>::install(table);
  Making<&T::vkCreateFence>::install(table);
  Making<&T::vkCreateQueryPool>::install(table);
  Making<&T::vkCreateShaderModule>::install(table);
  Making<&T::vkCreateComputePipelines>::install(table);
  Destroying<&T::vkDestroyBuffer>::install(table);
  Destroying<&T::vkFreeMemory>::install(table);
  Destroying<&T::vkDestroyCommandPool>::install(table);
  Destroying<&T::vkDestroyFence>::install(table);
  Destroying<&T::vkDestroyQueryPool>::install(table);
  Destroying<&T::vkDestroyShaderModule>::install(table);
  Destroying<&T::vkDestroyPipeline>::install(table);
  Failing<&T::vkBindBufferMemory>::install(table);
  Failing<&T::vkMapMemory>::install(table);
  Failing<&T::vkAllocateCommandBuffers>::install(table);
  Failing<&T::vkBeginCommandBuffer>::install(table);
  Failing<&T::vkEndCommandBuffer>::install(table);
  Failing<&T::vkResetCommandPool>::install(table);
  Failing<&T::vkQueueSubmit>::install(table);
  Failing<&T::vkWaitForFences>::install(table);
  Failing<&T::vkResetFences>::install(table);
  Failing<&T::vkGetQueryPoolResults>::install(table);
}

/// Loads a program, runs it through all its phases and reads it; true if no call failed.
bool try_everything(const std::shared_ptr<vulkan::OpenDevice>& open) {
  try {
    Loaded loaded(open);
    const auto x = pattern(4 * kPart, 1);
    loaded.executable.write_input(0, std::as_bytes(std::span(x)));
    for (int i = 0; i < 3; ++i) loaded.executable.run();
    loaded.executable.run_timed();
    const auto y = read_words(loaded.executable, 0, 4 * kPart);
    CHECK(y == x);
    return true;
  } catch (const Error& error) {
    const bool lost = failure == VK_ERROR_DEVICE_LOST;
    CHECK(error.kind() == (lost ? ErrorKind::Device : ErrorKind::Memory));
    return false;
  }
}

int sweep(VkResult with, bool unified) {
  failure = with;
  for (int k = 1;; ++k) {
    vulkan::Probe probe = test_probe();
    probe.caps.unified_memory = unified;
    auto open = open_test_device(std::move(probe));
    install(open->device.calls());
    calls_made = 0;
    failing_call = k;
    INFO("call ", k, " fails");
    const bool whole = try_everything(open);
    failing_call = 0;
    if (whole) return k - 1;
    // What failed once works now, with the same pipelines and the same staging.
    CHECK(try_everything(open));
    open.reset();
    REQUIRE(live.empty());
  }
}

}  // namespace

TEST_CASE("every call fails in turn") {
  SCORIA_NEEDS_VULKAN();
  for (const VkResult result : {VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_DEVICE_LOST}) {
    for (const bool unified : {true, false}) {
      CHECK(sweep(result, unified) > 80);
    }
  }
}

}  // namespace scoria::test
