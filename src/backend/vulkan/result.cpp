#include "backend/vulkan/result.h"

#include <string>

#include "scoria/error.h"

namespace scoria::vulkan {

std::string_view result_name(VkResult result) {
#define SCORIA_RESULT(name) \
  case name:                \
    return #name;
  switch (result) {
    SCORIA_RESULT(VK_SUCCESS)
    SCORIA_RESULT(VK_NOT_READY)
    SCORIA_RESULT(VK_TIMEOUT)
    SCORIA_RESULT(VK_INCOMPLETE)
    SCORIA_RESULT(VK_ERROR_OUT_OF_HOST_MEMORY)
    SCORIA_RESULT(VK_ERROR_OUT_OF_DEVICE_MEMORY)
    SCORIA_RESULT(VK_ERROR_INITIALIZATION_FAILED)
    SCORIA_RESULT(VK_ERROR_DEVICE_LOST)
    SCORIA_RESULT(VK_ERROR_MEMORY_MAP_FAILED)
    SCORIA_RESULT(VK_ERROR_LAYER_NOT_PRESENT)
    SCORIA_RESULT(VK_ERROR_EXTENSION_NOT_PRESENT)
    SCORIA_RESULT(VK_ERROR_FEATURE_NOT_PRESENT)
    SCORIA_RESULT(VK_ERROR_INCOMPATIBLE_DRIVER)
    SCORIA_RESULT(VK_ERROR_TOO_MANY_OBJECTS)
    SCORIA_RESULT(VK_ERROR_FRAGMENTED_POOL)
    SCORIA_RESULT(VK_ERROR_INVALID_EXTERNAL_HANDLE)
    SCORIA_RESULT(VK_ERROR_FRAGMENTATION)
    SCORIA_RESULT(VK_ERROR_INVALID_OPAQUE_CAPTURE_ADDRESS)
    SCORIA_RESULT(VK_ERROR_VALIDATION_FAILED_EXT)
    SCORIA_RESULT(VK_ERROR_INVALID_SHADER_NV)
    SCORIA_RESULT(VK_PIPELINE_COMPILE_REQUIRED)
    default:
      return "an unknown VkResult";
  }
#undef SCORIA_RESULT
}

void check(VkResult result, std::string_view what) {
  if (result == VK_SUCCESS) return;
  const bool memory = result == VK_ERROR_OUT_OF_HOST_MEMORY || result == VK_ERROR_OUT_OF_DEVICE_MEMORY;
  throw Error(memory ? ErrorKind::Memory : ErrorKind::Device,
              std::string(what) + ": " + std::string(result_name(result)));
}

}  // namespace scoria::vulkan
