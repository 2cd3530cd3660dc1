#include "io/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "scoria/error.h"

namespace scoria {
namespace {

std::string_view advice(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "free some space or choose another folder";
    case EACCES:
    case EPERM:
      return "check the owner and the permissions, or choose another folder";
    case EROFS:
      return "the file system is read-only; choose another folder";
    case ENOENT:
      return "check the path";
    case ENOTDIR:
      return "a part of the path is a file, not a folder; check the path";
    case EISDIR:
      return "it is a folder; give a file";
    case EMFILE:
    case ENFILE:
      return "too many open files; raise the limit with ulimit -n";
    case EFBIG:
      return "the file would pass the size limit (ulimit -f) or the file system's own";
    default:
      return "check the disk and the path";
  }
}

int checked_open(const std::filesystem::path& path, int flags, std::string_view verb) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) throw_io_error(verb, path, errno);
  return descriptor;
}

}  // namespace

void throw_io_error(std::string_view verb, const std::filesystem::path& path, int error_number) {
  const bool bad_input =
      verb == "read" && (error_number == ENOENT || error_number == EISDIR || error_number == ENOTDIR);
  throw Error(
      bad_input ? ErrorKind::Input : ErrorKind::Io,
      fmt::format("cannot {} {}: {}; {}", verb, path.string(), std::strerror(error_number), advice(error_number)));
}

File File::open(const std::filesystem::path& path) {
  File file(checked_open(path, O_RDONLY, "read"), path);
  struct stat status {};
  if (::fstat(file.descriptor_, &status) != 0) throw_io_error("read", path, errno);
  if (S_ISDIR(status.st_mode)) throw_io_error("read", path, EISDIR);
  return file;
}

File File::create(const std::filesystem::path& path) {
  return File(checked_open(path, O_WRONLY | O_CREAT | O_TRUNC, "write"), path);
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

File::File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

std::uint64_t File::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) throw_io_error("read", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void File::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_io_error("read", path_, errno);
    if (count == 0) {
      throw Error(ErrorKind::Input, fmt::format("{}: the file ends at byte {}, {} bytes too early; copy it again",
                                                path_.string(), offset, bytes.size()));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

void File::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    // Linux writes at most 2 GiB - 4 KiB a call.
    const ssize_t count = ::write(descriptor_, bytes.data(), std::min<std::size_t>(bytes.size(), 1u << 30));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_io_error("write", path_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void File::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_io_error("write", path_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

void File::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void File::sync() {
  if (::fsync(descriptor_) != 0) throw_io_error("write", path_, errno);
}

void File::close() {
  // POSIX leaves the descriptor's fate open after a failed close; Linux has always released it.
  if (::close(std::exchange(descriptor_, -1)) != 0) throw_io_error("write", path_, errno);
}

bool is_plain_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

void sync_folder(const std::filesystem::path& folder) {
  const std::filesystem::path named = folder.empty() ? std::filesystem::path(".") : folder;
  const int descriptor = checked_open(named, O_RDONLY | O_DIRECTORY, "write");
  const int result = ::fsync(descriptor);
  const int error_number = errno;
  ::close(descriptor);
  // Some network file systems cannot sync a folder and say EINVAL: nothing more can be done there.
  if (result != 0 && error_number != EINVAL) throw_io_error("write", named, error_number);
}

std::string read_text(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const File file = File::open(path);
  const std::uint64_t size = file.size();
  if (size > max_bytes) {
    throw Error(ErrorKind::Input, fmt::format("{}: {} bytes, expected at most {}; is it the right file?", path.string(),
                                              size, max_bytes));
  }
  std::string text(size, '\0');
  file.read_at(0, std::as_writable_bytes(std::span(text)));
  return text;
}

}  // namespace scoria
