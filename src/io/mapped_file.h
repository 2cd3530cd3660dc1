#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace scoria {

/// A whole file as memory, read-only: pages come and go with the system's cache. Throws as File does.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace scoria
