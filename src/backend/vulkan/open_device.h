#pragma once

#include <memory>

#include "backend/vulkan/pipelines.h"
#include "backend/vulkan/transfer.h"
#include "backend/vulkan/vulkan_device.h"

namespace scoria::vulkan {

/// A device and what all its programs share. Destroyed when the last backend, state store and program is gone.
struct OpenDevice {
  OpenDevice(std::shared_ptr<Instance> instance, Probe probe)
      : device(std::move(instance), std::move(probe)), pipelines(device), transfer(device) {}

  VulkanDevice device;
  Pipelines pipelines;
  Transfer transfer;
};

}  // namespace scoria::vulkan
