#pragma once

#include "backend/backend.h"
#include "backend/vulkan/open_device.h"

namespace scoria::vulkan {

/// Measures multiply-adds from registers, and a copy larger than any cache: by a shader or by the driver's own copy,
/// whichever is faster.
DevicePeaks measure_peaks(Backend& backend, OpenDevice& open);

}  // namespace scoria::vulkan
