#include "runtime/device_choice.h"

#include <doctest/doctest.h>

#include "scoria/error.h"

namespace scoria {
namespace {

DeviceInfo pretend(int index, std::string name, std::string kind, std::uint64_t gib, std::string refusal = {}) {
  DeviceInfo info;
  info.index = index;
  info.name = std::move(name);
  info.kind = std::move(kind);
  info.memory_bytes = gib << 30;
  info.refusal = std::move(refusal);
  info.uuid = std::string(31, '0') + std::to_string(index);
  return info;
}

const std::vector<DeviceInfo> kDesktop = {
    pretend(0, "llvmpipe (LLVM 15.0.6, 256 bits)", "software", 64),
    pretend(1, "Example Graphics 770", "integrated", 32),
    pretend(2, "Example GPU 100", "discrete", 8),
    pretend(3, "Example GPU 200", "discrete", 16),
    pretend(4, "Example GPU 300 XT", "discrete", 24, "no bufferDeviceAddress"),
};

std::string message(std::string_view selector, const std::vector<DeviceInfo>& devices,
                    std::string_view no_vulkan = {}) {
  try {
    choose_device(selector, devices, no_vulkan);
  } catch (const Error& error) {
    CHECK(error.kind() == (selector.empty() ? ErrorKind::Usage : ErrorKind::Device));
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("auto takes the discrete device with the most memory that is not refused") {
  const DeviceChoice choice = choose_device("auto", kDesktop);
  CHECK(choice.index == 3);
  CHECK(choice.reason == "the best of 3 usable GPUs (discrete)");
}

TEST_CASE("auto takes an integrated device before the CPU, and never a software device") {
  CHECK(choose_device("auto", {kDesktop[0], kDesktop[1]}).index == 1);
  CHECK(choose_device("auto", {kDesktop[0], kDesktop[1]}).reason == "the only usable GPU (integrated)");
  const DeviceChoice choice = choose_device("auto", {kDesktop[0], kDesktop[4]});
  CHECK(choice.index == -1);
  CHECK(choice.reason ==
        "no usable GPU (llvmpipe (LLVM 15.0.6, 256 bits): a software device; Example GPU 300 XT: no "
        "bufferDeviceAddress)");
  CHECK(choose_device("auto", {}).index == -1);
  CHECK(choose_device("auto", {}).reason == "no GPU is seen");
}

TEST_CASE("of equal devices auto takes the first") {
  CHECK(choose_device("auto", {pretend(0, "Twin", "discrete", 8), pretend(1, "Twin", "discrete", 8)}).index == 0);
}

TEST_CASE("the host's backends are asked for by word") {
  CHECK(choose_device("cpu", kDesktop).index == -1);
  CHECK(choose_device("reference", kDesktop).index == -2);
}

TEST_CASE("a device is asked for by index, part of a name or UUID") {
  CHECK(choose_device("1", kDesktop).index == 1);
  CHECK(choose_device("0", kDesktop).index == 0);
  CHECK(choose_device("LLVMPipe", kDesktop).index == 0);
  CHECK(choose_device("00000000-0000-0000-0000-000000000002", kDesktop).index == 2);
  CHECK(choose_device(kDesktop[3].uuid, kDesktop).reason == "asked for by UUID");
}

TEST_CASE("a number that is no index is part of a name") { CHECK(choose_device("770", kDesktop).index == 1); }

TEST_CASE("of several names that match, the best usable one is taken") {
  const DeviceChoice choice = choose_device("example gpu", kDesktop);
  CHECK(choice.index == 3);
  CHECK(choice.reason == "asked for by name, the best of 3 that match");
}

TEST_CASE("auto without Vulkan says why") {
  const DeviceChoice choice = choose_device("auto", {}, "no Vulkan loader (libvulkan.so.1)");
  CHECK(choice.index == -1);
  CHECK(choice.reason == "no GPU is seen: no Vulkan loader (libvulkan.so.1)");
}

TEST_CASE("a choice that fails lists the devices and why each was refused") {
  CHECK(message("radeon", {kDesktop[0], kDesktop[2], kDesktop[4]}) ==
        "no device matches \"radeon\"; the devices here: 0 \"llvmpipe (LLVM 15.0.6, 256 bits)\" (software), "
        "2 \"Example GPU 100\" (discrete), 4 \"Example GPU 300 XT\" (no bufferDeviceAddress), cpu");
  CHECK(message("300", {kDesktop[4]}) ==
        "device \"300\" cannot be used: no bufferDeviceAddress; the devices here: "
        "4 \"Example GPU 300 XT\" (no bufferDeviceAddress), cpu");
  CHECK(message("7", {}, "the Vulkan loader found no driver") ==
        "no device matches \"7\"; the devices here: cpu; the Vulkan loader found no driver");
  CHECK(message("", {}).find("device: empty") == 0);
  CHECK(message("-1", kDesktop).find("no device matches") == 0);
}

}  // namespace scoria
