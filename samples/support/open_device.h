#pragma once

#include <fmt/format.h>

#include <string>

#include "scoria/device.h"
#include "scoria/doctor.h"
#include "support/progress_view.h"

/// Opens the device of --device, says which one it is and why, and sees that its kernels compute right.
inline scoria::Device open_device(const std::string& selector, ProgressView& view) {
  scoria::Device device = scoria::Device::open(selector);
  view.say(fmt::format("device: {}, {}", device.info().name, device.choice_reason()));
  scoria::avoid_wrong_kernels(device);
  return device;
}
