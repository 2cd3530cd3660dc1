#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace scoria {

/// A temporary file without a name, so that nothing is left of it however the process ends. It lies in the folder
/// TMPDIR, or in /tmp where that is not set.
class UnnamedFile {
 public:
  /// Messages begin with `owner` and end with `advice`: "OWNER: cannot write a temporary file in /tmp: No space left on
  /// device; set TMPDIR to a folder with room, or ADVICE". Throws Error (Io) where the system refuses, as all here do.
  UnnamedFile(std::string owner, std::string advice);
  ~UnnamedFile();
  UnnamedFile(const UnnamedFile&) = delete;
  UnnamedFile& operator=(const UnnamedFile&) = delete;

  void append(std::string_view bytes);
  /// Fills `bytes` from `offset` on. The file must have them all; any thread may read.
  void read_at(std::uint64_t offset, std::span<char> bytes) const;
  std::uint64_t size() const { return size_; }
  /// Of the operating system; closed with this object.
  int descriptor() const { return descriptor_; }

 private:
  [[noreturn]] void fail(const char* verb) const;

  std::string owner_, advice_, folder_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace scoria
