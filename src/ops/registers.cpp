#include "ops/registers.h"

#include <algorithm>

namespace scoria {

std::uint32_t lane_registers(const DeviceCaps& caps, std::uint32_t subgroup_size) {
  constexpr std::uint32_t kAmd = 0x1002, kNvidia = 0x10DE, kIntel = 0x8086;
  if (caps.device_class == DeviceClass::Cpu || caps.vendor_id == kAmd || caps.vendor_id == kNvidia) return 255;
  if (caps.vendor_id != kIntel) return 128;
  return 128 * caps.min_subgroup_size / std::max(subgroup_size, caps.min_subgroup_size);
}

}  // namespace scoria
