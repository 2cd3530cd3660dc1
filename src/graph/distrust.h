#pragma once

#include <string_view>

#include "graph/device_caps.h"

namespace scoria {

/// From now on plans for this device and driver pass the kernel over, as if it refused: it was seen to compute wrongly.
/// For all threads of the process.
void distrust(const DeviceCaps& caps, std::string_view op, std::string_view kernel);

bool is_distrusted(const DeviceCaps& caps, std::string_view op, std::string_view kernel);

}  // namespace scoria
