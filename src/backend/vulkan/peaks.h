#pragma once

#include "backend/backend.h"

namespace scoria::vulkan {

/// Measures a device with two shaders of its own: multiply-adds from registers, and a copy larger than any cache.
DevicePeaks measure_peaks(Backend& backend);

}  // namespace scoria::vulkan
