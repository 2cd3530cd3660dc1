#pragma once

#include "scoria/device.h"

namespace scoria::test {

/// The CPU backend.
const Device& cpu_test_device();

/// The Vulkan device that tests run on, opened once: the one named by SCORIA_TEST_DEVICE (a selector as in
/// Device::open; "none" for none), else llvmpipe. nullptr where there is no such device.
const Device* vulkan_test_device();

/// Why vulkan_test_device() is nullptr.
const std::string& vulkan_test_device_refusal();

}  // namespace scoria::test
