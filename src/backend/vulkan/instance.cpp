#include "backend/vulkan/instance.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

#include "backend/vulkan/result.h"
#include "backend/vulkan/vulkan_backend.h"
#include "base/debug.h"
#include "base/log.h"
#include "scoria/error.h"

namespace scoria {
namespace vulkan {
namespace {

constexpr const char* kValidationLayer = "VK_LAYER_KHRONOS_validation";

std::atomic<std::uint64_t> validation_messages{0};

VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
                                          const VkDebugUtilsMessengerCallbackDataEXT* data, void*) {
  ++validation_messages;
  log(LogLevel::Warning, std::string("validation: ") + data->pMessage);
  return VK_FALSE;
}

VkDebugUtilsMessengerCreateInfoEXT messenger_info() {
  auto info = of_type<VkDebugUtilsMessengerCreateInfoEXT>(VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT);
  info.messageSeverity =
      VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
  info.pfnUserCallback = on_message;
  return info;
}

bool has_extension(const char* layer, std::string_view name) {
  std::uint32_t count = 0;
  check(vkEnumerateInstanceExtensionProperties(layer, &count, nullptr), "vkEnumerateInstanceExtensionProperties");
  std::vector<VkExtensionProperties> extensions(count);
  check(vkEnumerateInstanceExtensionProperties(layer, &count, extensions.data()),
        "vkEnumerateInstanceExtensionProperties");
  return std::any_of(extensions.begin(), extensions.end(), [&](auto& e) { return e.extensionName == name; });
}

bool has_layer(std::string_view name) {
  std::uint32_t count = 0;
  check(vkEnumerateInstanceLayerProperties(&count, nullptr), "vkEnumerateInstanceLayerProperties");
  std::vector<VkLayerProperties> layers(count);
  check(vkEnumerateInstanceLayerProperties(&count, layers.data()), "vkEnumerateInstanceLayerProperties");
  return std::any_of(layers.begin(), layers.end(), [&](auto& l) { return l.layerName == name; });
}

/// The features that SCORIA_VALIDATE asks for: "1" core validation, "sync" and "gpu" more.
std::vector<VkValidationFeatureEnableEXT> validation_features(std::string_view word) {
  if (word == "1") return {};
  if (word == "sync") return {VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
  if (word == "gpu") return {VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_EXT};
  throw Error(ErrorKind::Usage, "SCORIA_VALIDATE=" + std::string(word) + ": the words are 1, sync, gpu");
}

void open_loader() {
  static const VkResult opened = volkInitialize();
  if (opened != VK_SUCCESS) {
    throw Error(ErrorKind::Device,
                "no Vulkan loader (libvulkan.so.1); install it and a driver (Debian: libvulkan1 mesa-vulkan-drivers)");
  }
  if (volkGetInstanceVersion() < VK_API_VERSION_1_2) {
    throw Error(ErrorKind::Device, "the Vulkan loader knows only Vulkan 1.0 or 1.1; the engine needs 1.2");
  }
}

void check_creation(VkResult result) {
  if (result == VK_ERROR_INCOMPATIBLE_DRIVER) {
    throw Error(ErrorKind::Device, "the Vulkan loader found no driver (Debian: mesa-vulkan-drivers or nvidia-driver)");
  }
  check(result, "vkCreateInstance");
}

}  // namespace

std::shared_ptr<Instance> Instance::get() {
  static std::mutex mutex;
  static std::weak_ptr<Instance> shared;
  const std::lock_guard lock(mutex);
  if (auto instance = shared.lock()) return instance;
  const std::shared_ptr<Instance> instance(new Instance);
  shared = instance;
  return instance;
}

Instance::Instance() {
  open_loader();
  create();
  volkLoadInstanceOnly(handle_);
  if (validating_) listen();
}

void Instance::create() {
  const char* validate = std::getenv("SCORIA_VALIDATE");
  std::vector<const char*> layers, extensions;
  std::vector<VkValidationFeatureEnableEXT> enabled;
  if (validate && *validate && std::string_view(validate) != "0") {
    enabled = validation_features(validate);
    if (!has_layer(kValidationLayer)) {
      throw Error(ErrorKind::Usage, std::string("SCORIA_VALIDATE is set, and ") + kValidationLayer +
                                        " is not installed (Debian: vulkan-validationlayers)");
    }
    validating_ = true;
    validating_on_gpu_ = std::string_view(validate) == "gpu";
    layers.push_back(kValidationLayer);
    if (!enabled.empty()) extensions.push_back(VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME);
  }
  if ((validating_ || debug_any()) && (has_extension(nullptr, VK_EXT_DEBUG_UTILS_EXTENSION_NAME) || validating_)) {
    extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
    naming_ = true;
  }
  const bool portability = has_extension(nullptr, VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME);
  if (portability) extensions.push_back(VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME);

  auto application = of_type<VkApplicationInfo>(VK_STRUCTURE_TYPE_APPLICATION_INFO);
  application.pEngineName = "scoria";
  application.apiVersion = std::min<std::uint32_t>(volkGetInstanceVersion(), VK_API_VERSION_1_3);
  auto features = of_type<VkValidationFeaturesEXT>(VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT);
  features.enabledValidationFeatureCount = static_cast<std::uint32_t>(enabled.size());
  features.pEnabledValidationFeatures = enabled.data();
  // A messenger here too: it hears what is wrong with the creation and the destruction of the instance itself.
  VkDebugUtilsMessengerCreateInfoEXT messenger = messenger_info();
  messenger.pNext = enabled.empty() ? nullptr : &features;
  auto info = of_type<VkInstanceCreateInfo>(VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO);
  info.pNext = validating_ ? &messenger : nullptr;
  info.flags = portability ? VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR : 0;
  info.pApplicationInfo = &application;
  info.enabledLayerCount = static_cast<std::uint32_t>(layers.size());
  info.ppEnabledLayerNames = layers.data();
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  check_creation(vkCreateInstance(&info, nullptr, &handle_));
}

void Instance::listen() {
  const VkDebugUtilsMessengerCreateInfoEXT info = messenger_info();
  const VkResult result = vkCreateDebugUtilsMessengerEXT(handle_, &info, nullptr, &messenger_);
  if (result == VK_SUCCESS) return;
  vkDestroyInstance(handle_, nullptr);
  check(result, "vkCreateDebugUtilsMessengerEXT");
}

Instance::~Instance() {
  if (messenger_) vkDestroyDebugUtilsMessengerEXT(handle_, messenger_, nullptr);
  if (handle_) vkDestroyInstance(handle_, nullptr);
}

std::vector<VkPhysicalDevice> Instance::physical_devices() const {
  std::uint32_t count = 0;
  check(vkEnumeratePhysicalDevices(handle_, &count, nullptr), "vkEnumeratePhysicalDevices");
  std::vector<VkPhysicalDevice> devices(count);
  if (count > 0) check(vkEnumeratePhysicalDevices(handle_, &count, devices.data()), "vkEnumeratePhysicalDevices");
  devices.resize(count);
  return devices;
}

}  // namespace vulkan

std::uint64_t validation_message_count() { return vulkan::validation_messages; }

}  // namespace scoria
