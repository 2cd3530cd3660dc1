// A machine without a Vulkan driver, without a loader, and the promise that the CPU backend opens neither.

#include <doctest/doctest.h>

#include <fstream>

#include "backend/child.h"
#include "backend/vulkan/vulkan_backend.h"
#include "scoria/device.h"
#include "scoria/error.h"
#include "support/temporary_folder.h"

namespace scoria::test {
namespace {

bool loader_is_open() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("libvulkan.so") != std::string::npos) return true;
  }
  return false;
}

void check_without_vulkan(const std::string& reason) {
  CHECK(list_vulkan_devices().empty());
  CHECK(vulkan_unavailable_reason().find(reason) != std::string::npos);
  CHECK(Device::list().size() == 1);
  CHECK(Device::open("auto").info().kind == "cpu");
  CHECK(Device::open("auto").choice_reason() == "no GPU is seen: " + vulkan_unavailable_reason());
  try {
    Device::open("llvmpipe");
    FAIL("a device was opened");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Device);
    CHECK(std::string(error.what()) ==
          "no device matches \"llvmpipe\"; the devices here: cpu; " + vulkan_unavailable_reason());
  }
}

}  // namespace

TEST_CASE("child: no driver" * doctest::skip()) { check_without_vulkan("no driver"); }

TEST_CASE("child: no loader" * doctest::skip()) { check_without_vulkan("no Vulkan loader"); }

TEST_CASE("child: the host's backends" * doctest::skip()) {
  CHECK(Device::open("cpu").info().kind == "cpu");
  CHECK(Device::open("reference").info().kind == "reference");
  CHECK_FALSE(loader_is_open());
}

TEST_CASE("without a driver there is the CPU, and an error that says what was seen") {
  const ChildResult child =
      run_child_case("VK_DRIVER_FILES=/nonexistent VK_ICD_FILENAMES=/nonexistent", "child: no driver");
  INFO(child.output);
  CHECK(child.exit_code == 0);
}

TEST_CASE("without a loader there is the CPU, and an error that says what was seen") {
  TemporaryFolder folder;
  for (const char* name : {"libvulkan.so.1", "libvulkan.so"}) put_bytes(folder / name, "not a library");
  const ChildResult child = run_child_case("LD_LIBRARY_PATH=" + folder.path().string(), "child: no loader");
  INFO(child.output);
  CHECK(child.exit_code == 0);
}

TEST_CASE("the host's backends never open the Vulkan loader") {
  const ChildResult child = run_child_case("A=1", "child: the host*s backends");
  INFO(child.output);
  CHECK(child.exit_code == 0);
}

}  // namespace scoria::test
