#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"

namespace scoria {

/// Every Vulkan device, usable or not (DeviceInfo::refusal), in the loader's order. Empty without a loader or a driver,
/// and then vulkan_unavailable_reason() says why. Throws only for a wrong word in SCORIA_DEBUG or SCORIA_VALIDATE.
std::vector<DeviceInfo> list_vulkan_devices();
/// Why list_vulkan_devices() is empty: "no Vulkan loader (libvulkan.so.1)"; "" if it is not.
std::string vulkan_unavailable_reason();

/// Opens a device by its DeviceInfo::index. Throws Error (Device) if it is not there or the engine cannot use it.
std::shared_ptr<Backend> open_vulkan_device(int index);

/// A number that changes with any shader of this build.
std::uint64_t kernels_fingerprint();

/// Errors and warnings of the validation layer (SCORIA_VALIDATE) since the process began.
std::uint64_t validation_message_count();

}  // namespace scoria
