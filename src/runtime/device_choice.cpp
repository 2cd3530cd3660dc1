#include "runtime/device_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "scoria/error.h"

namespace scoria {
namespace {

using Matches = std::vector<const DeviceInfo*>;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

int rank(const DeviceInfo& device) {
  constexpr std::string_view kBestFirst[] = {"discrete", "virtual", "integrated", "other", "software"};
  return static_cast<int>(std::find(std::begin(kBestFirst), std::end(kBestFirst), device.kind) - kBestFirst);
}

bool better(const DeviceInfo* a, const DeviceInfo* b) {
  if (rank(*a) != rank(*b)) return rank(*a) < rank(*b);
  return a->memory_bytes > b->memory_bytes;
}

bool is_software(const DeviceInfo& device) { return device.kind == "software"; }

/// "0 "llvmpipe" (software), 1 "Example GPU 300" (no bufferDeviceAddress), cpu"
std::string listing(const std::vector<DeviceInfo>& devices) {
  std::string text;
  for (const DeviceInfo& device : devices) {
    text += fmt::format("{} \"{}\" ({}), ", device.index, device.name,
                        device.refusal.empty() ? device.kind : device.refusal);
  }
  return text + "cpu";
}

[[noreturn]] void refuse(const std::string& problem, const std::vector<DeviceInfo>& devices,
                         std::string_view no_vulkan) {
  const std::string missing = no_vulkan.empty() ? "" : fmt::format("; {}", no_vulkan);
  throw Error(ErrorKind::Device, fmt::format("{}; the devices here: {}{}", problem, listing(devices), missing));
}

DeviceChoice choose_automatically(const std::vector<DeviceInfo>& devices, std::string_view no_vulkan) {
  const DeviceInfo* best = nullptr;
  std::size_t usable = 0;
  for (const DeviceInfo& device : devices) {
    if (!device.refusal.empty() || is_software(device)) continue;
    ++usable;
    if (!best || better(&device, best)) best = &device;
  }
  if (best && usable == 1) return {best->index, fmt::format("the only usable GPU ({})", best->kind)};
  if (best) return {best->index, fmt::format("the best of {} usable GPUs ({})", usable, best->kind)};
  if (devices.empty()) return {-1, fmt::format("no GPU is seen{}{}", no_vulkan.empty() ? "" : ": ", no_vulkan)};
  std::string why;
  for (const DeviceInfo& device : devices) {
    if (!why.empty()) why += "; ";
    why += device.name + ": " + (device.refusal.empty() ? "a software device" : device.refusal);
  }
  return {-1, "no usable GPU (" + why + ")"};
}

/// A selector as a UUID: 32 hexadecimal digits, dashes left out.
std::optional<std::string> as_uuid(std::string_view selector) {
  std::string digits = lower(selector);
  std::erase(digits, '-');
  const bool hex = digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  return hex && digits.size() == 32 ? std::optional(digits) : std::nullopt;
}

std::optional<int> as_index(std::string_view selector) {
  int index = 0;
  const auto [end, error] = std::from_chars(selector.data(), selector.data() + selector.size(), index);
  if (error != std::errc{} || end != selector.data() + selector.size() || index < 0) return std::nullopt;
  return index;
}

template <typename Predicate>
Matches select(const std::vector<DeviceInfo>& devices, Predicate matches) {
  Matches found;
  for (const DeviceInfo& device : devices) {
    if (matches(device)) found.push_back(&device);
  }
  std::stable_sort(found.begin(), found.end(), better);
  return found;
}

struct Selection {
  Matches matches;
  std::string by;
};

Selection match(std::string_view selector, const std::vector<DeviceInfo>& devices) {
  if (const auto uuid = as_uuid(selector)) {
    return {select(devices, [&](const DeviceInfo& d) { return d.uuid == *uuid; }), "UUID"};
  }
  if (const auto index = as_index(selector)) {
    Matches found = select(devices, [&](const DeviceInfo& d) { return d.index == *index; });
    if (!found.empty()) return {found, "index"};
  }
  const std::string part = lower(selector);
  return {select(devices, [&](const DeviceInfo& d) { return lower(d.name).find(part) != std::string::npos; }), "name"};
}

}  // namespace

DeviceChoice choose_device(std::string_view selector, const std::vector<DeviceInfo>& devices,
                           std::string_view no_vulkan) {
  if (selector.empty()) {
    throw Error(ErrorKind::Usage, "device: empty; expected auto, cpu, reference, an index, part of a name or a UUID");
  }
  if (selector == "auto") return choose_automatically(devices, no_vulkan);
  if (selector == "cpu") return {-1, "asked for"};
  if (selector == "reference") return {-2, "asked for"};
  const auto [matches, by] = match(selector, devices);
  if (matches.empty()) refuse(fmt::format("no device matches \"{}\"", selector), devices, no_vulkan);
  const auto usable = std::find_if(matches.begin(), matches.end(), [](auto* d) { return d->refusal.empty(); });
  if (usable == matches.end()) {
    refuse(fmt::format("device \"{}\" cannot be used: {}", selector, matches.front()->refusal), devices, no_vulkan);
  }
  const std::string among = matches.size() == 1 ? "" : fmt::format(", the best of {} that match", matches.size());
  return {(*usable)->index, fmt::format("asked for by {}{}", by, among)};
}

}  // namespace scoria
