#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace scoria::vulkan {

/// What decides whether the engine can use a device, as plain numbers: tested without one.
struct DeviceFacts {
  std::uint32_t api_major = 1;
  std::uint32_t api_minor = 0;
  bool compute_queue = false;
  bool buffer_device_address = false;
  bool device_memory = false;  ///< a memory type that buffers can live in
  std::uint32_t max_push_bytes = 128;
  std::uint32_t max_workgroup_invocations = 128;
};

/// Why the engine cannot use the device: the first thing it lacks; "" if it can.
std::string find_refusal(const DeviceFacts& facts);

/// The release in a driver's description: "Mesa 26.1.6-1 (LLVM 19.1.7)" is 26, 1, 6; zeros where there is none.
std::array<std::uint32_t, 3> parse_release(std::string_view driver_info);

}  // namespace scoria::vulkan
