#include "backend/vulkan/requirements.h"

#include <fmt/format.h>

#include <charconv>

namespace scoria::vulkan {

std::string find_refusal(const DeviceFacts& facts) {
  if (facts.api_major < 1 || (facts.api_major == 1 && facts.api_minor < 2)) {
    return fmt::format("its driver knows Vulkan {}.{}; 1.2 is needed", facts.api_major, facts.api_minor);
  }
  if (!facts.compute_queue) return "no compute queue";
  if (!facts.buffer_device_address) return "no bufferDeviceAddress, by which kernels take their arguments";
  if (!facts.device_memory) return "no memory type that buffers can live in";
  if (facts.max_push_bytes < 128)
    return fmt::format("{} bytes of push constants; 128 are needed", facts.max_push_bytes);
  if (facts.max_workgroup_invocations < 128) {
    return fmt::format("{} invocations in a workgroup; 128 are needed", facts.max_workgroup_invocations);
  }
  return {};
}

std::array<std::uint32_t, 3> parse_release(std::string_view info) {
  std::array<std::uint32_t, 3> release = {0, 0, 0};
  const std::size_t mesa = info.find("Mesa ");
  const std::size_t start = info.find_first_of("0123456789", mesa == std::string_view::npos ? 0 : mesa);
  if (start == std::string_view::npos) return release;
  const char* at = info.data() + start;
  const char* const end = info.data() + info.size();
  for (std::uint32_t& part : release) {
    const auto [next, error] = std::from_chars(at, end, part);
    if (error != std::errc{}) break;
    at = next;
    if (at == end || *at != '.') break;
    ++at;
  }
  return release;
}

}  // namespace scoria::vulkan
