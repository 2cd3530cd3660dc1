#pragma once

#include <string_view>

#include "backend/vulkan/vk.h"

namespace scoria::vulkan {

/// "VK_ERROR_DEVICE_LOST"
std::string_view result_name(VkResult result);

/// Throws Error unless the result is VK_SUCCESS: Memory for a want of memory, Device for all else. `what` begins the
/// message: "vkCreateInstance". No result of a call is dropped.
void check(VkResult result, std::string_view what);

}  // namespace scoria::vulkan
