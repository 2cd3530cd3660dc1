#pragma once

#include "backend/backend.h"

namespace scoria {

/// Measures the host: all threads in a register-only f32 multiply-add loop, and a copy larger than the caches.
DevicePeaks measure_host_peaks();

}  // namespace scoria
