#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/device.h"

namespace scoria {

struct DeviceChoice {
  /// DeviceInfo::index of a Vulkan device; -1 for the CPU, -2 for the double reference.
  int index = -1;
  /// One line: "the discrete device with the most memory, of 2".
  std::string reason;
};

/// Chooses among Vulkan devices, as Device::open describes. A pure function.
///
///   "auto"       the best device that is no software: discrete before virtual before integrated, then the one with
///                the most memory; the CPU if there is none
///   "cpu", "reference"
///   32 hex digits, dashes ignored: a UUID
///   a number     an index; if there is no such device, part of a name ("4090")
///   other words  part of a name, any case; the best of several that match
///
/// `no_vulkan` says why there are no Vulkan devices, "" where there are some.
/// Throws Error (Device) that lists the devices seen and why each was refused, Error (Usage) for an empty selector.
DeviceChoice choose_device(std::string_view selector, const std::vector<DeviceInfo>& devices,
                           std::string_view no_vulkan = {});

}  // namespace scoria
