#include "graph/distrust.h"

#include <mutex>
#include <set>
#include <tuple>

namespace scoria {
namespace {

/// Vendor, device, driver, op, kernel.
using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::string, std::string>;

struct Registry {
  std::mutex mutex;
  std::set<Key> kernels;
};

Registry& registry() {
  static Registry one;
  return one;
}

Key key_of(const DeviceCaps& caps, std::string_view op, std::string_view kernel) {
  return {caps.vendor_id, caps.device_id, caps.driver_version, std::string(op), std::string(kernel)};
}

}  // namespace

void distrust(const DeviceCaps& caps, std::string_view op, std::string_view kernel) {
  const std::lock_guard lock(registry().mutex);
  registry().kernels.insert(key_of(caps, op, kernel));
}

bool is_distrusted(const DeviceCaps& caps, std::string_view op, std::string_view kernel) {
  const std::lock_guard lock(registry().mutex);
  return !registry().kernels.empty() && registry().kernels.contains(key_of(caps, op, kernel));
}

}  // namespace scoria
