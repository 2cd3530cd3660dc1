#include <doctest/doctest.h>

#include <cstdlib>

#include "backend/vulkan/cache_file.h"
#include "graph/device_caps.h"
#include "support/temporary_folder.h"

namespace scoria::vulkan {
namespace {

std::vector<std::byte> some_bytes(std::size_t n) {
  std::vector<std::byte> data(n);
  for (std::size_t i = 0; i < n; ++i) data[i] = static_cast<std::byte>(i * 7 + 1);
  return data;
}

/// An environment variable, put back at the end.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before, was_set_ = true;
    value ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Variable() { was_set_ ? ::setenv(name_, before_.c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::string before_;
  bool was_set_ = false;
};

}  // namespace

TEST_CASE("a pipeline cache comes back as it was, and a second one takes its place") {
  TemporaryFolder folder;
  const auto file = folder.path() / "deep" / "pipelines.bin";
  CHECK(read_cache(file).empty());
  write_cache(file, some_bytes(1000));
  CHECK(read_cache(file) == some_bytes(1000));
  write_cache(file, some_bytes(33));
  CHECK(read_cache(file) == some_bytes(33));
  CHECK(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}) == 1);
}

TEST_CASE("a damaged pipeline cache never reaches the driver") {
  TemporaryFolder folder;
  const auto file = folder.path() / "pipelines.bin";
  write_cache(file, some_bytes(64));
  const std::string whole = file_bytes(file);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    put_bytes(file, whole.substr(0, length));
    CHECK(read_cache(file).empty());
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    put_bytes(file, flipped);
    CHECK(read_cache(file).empty());
  }
  put_bytes(file, whole + "x");
  CHECK(read_cache(file).empty());
  put_bytes(file, whole);
  CHECK(read_cache(file) == some_bytes(64));
}

TEST_CASE("a pipeline cache that cannot be written is no error") {
  TemporaryFolder folder;
  put_bytes(folder / "file", "");
  write_cache(folder.path() / "file" / "pipelines.bin", some_bytes(8));
  CHECK(read_cache(folder.path() / "file" / "pipelines.bin").empty());
}

TEST_CASE("pipeline caches lie where the XDG specification says, one a device and driver") {
  const Variable home("HOME", "/home/someone");
  {
    const Variable cache("XDG_CACHE_HOME", "/var/cache/someone");
    CHECK(cache_path("0123") == "/var/cache/someone/scoria/pipelines-0123.bin");
  }
  {
    const Variable cache("XDG_CACHE_HOME", "not/absolute");
    CHECK(cache_path("0123") == "/home/someone/.cache/scoria/pipelines-0123.bin");
  }
  const Variable cache("XDG_CACHE_HOME", nullptr);
  CHECK(cache_path("0123") == "/home/someone/.cache/scoria/pipelines-0123.bin");
  const Variable no_home("HOME", nullptr);
  CHECK(cache_path("0123").empty());
}

TEST_CASE("files of a device are filed under its vendor, model, UUID and driver") {
  DeviceCaps caps;
  caps.vendor_id = 0x1002;
  caps.device_id = 0x744c;
  caps.driver_version = 0x6806001;
  CHECK(device_key(caps, "00000000030000000000000000000000") == "1002-744c-00000000030000000000000000000000-06806001");
  DeviceCaps other = caps;
  other.device_id = 0x7480;
  CHECK(device_key(other, "03") != device_key(caps, "03"));
  other = caps;
  other.vendor_id = 0x10de;
  CHECK(device_key(other, "03") != device_key(caps, "03"));
}

}  // namespace scoria::vulkan
