#include "base/unnamed_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "scoria/error.h"

namespace scoria {

UnnamedFile::UnnamedFile(std::string owner, std::string advice) : owner_(std::move(owner)), advice_(std::move(advice)) {
  const char* folder = std::getenv("TMPDIR");
  folder_ = folder && *folder ? folder : "/tmp";
  std::string name = folder_ + "/scoria-XXXXXX";
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail("make");
  ::unlink(name.c_str());
}

UnnamedFile::~UnnamedFile() { ::close(descriptor_); }

void UnnamedFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("write");
    size_ += static_cast<std::uint64_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void UnnamedFile::read_at(std::uint64_t offset, std::span<char> bytes) const {
  SCORIA_CHECK(offset + bytes.size() <= size_, "a read within the file");
  while (!bytes.empty()) {
    const ssize_t count = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("read");
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void UnnamedFile::fail(const char* verb) const {
  throw Error(ErrorKind::Io,
              fmt::format("{}: cannot {} a temporary file in {}: {}; set TMPDIR to a folder with room, or {}", owner_,
                          verb, folder_, std::strerror(errno), advice_));
}

}  // namespace scoria
