#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "graph/device_caps.h"

namespace scoria::vulkan {

/// The first capability that a SPIR-V module declares and the device lacks, "64-bit integers"; "" if there is none.
std::string find_lack(std::span<const std::uint32_t> spirv, const DeviceCaps& caps);

}  // namespace scoria::vulkan
