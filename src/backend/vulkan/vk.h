#pragma once

// Vulkan for this room. volk opens the loader at run time, so a program linked with the engine starts on a machine
// without Vulkan.
#include <volk.h>

namespace scoria::vulkan {

/// A Vulkan struct, all zero but for its type.
template <typename T>
T of_type(VkStructureType type) {
  T made{};
  made.sType = type;
  return made;
}

}  // namespace scoria::vulkan
