#pragma once

// An opened device whose functions and limits a test may change.

#include <memory>

#include "backend/vulkan/open_device.h"
#include "backend/vulkan/vulkan_executable.h"
#include "backend/vulkan_programs.h"

namespace scoria::test {

inline vulkan::Probe test_probe() {
  const int index = vulkan_test_device()->info().index;
  return vulkan::probe_devices(*vulkan::Instance::get()).at(static_cast<std::size_t>(index));
}

inline std::shared_ptr<vulkan::OpenDevice> open_test_device(vulkan::Probe probe) {
  return std::make_shared<vulkan::OpenDevice>(vulkan::Instance::get(), std::move(probe));
}

/// A program and its states on such a device.
struct Loaded {
  explicit Loaded(std::shared_ptr<vulkan::OpenDevice> open, Program program = copy_program(4 * kPart, 3))
      : store(std::make_shared<vulkan::VulkanStateStore>(open)), executable(open, std::move(program), store) {}

  std::shared_ptr<vulkan::VulkanStateStore> store;
  vulkan::VulkanExecutable executable;
};

}  // namespace scoria::test
