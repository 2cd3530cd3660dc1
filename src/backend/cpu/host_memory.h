#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace scoria {

/// A block of zeroed, page-aligned host memory, allocated once and kept: a training step that gives pages back and
/// takes them again spends most of its time in page faults.
class HostMemory {
 public:
  HostMemory() = default;
  /// Throws Error (Memory) that says what the block is for.
  HostMemory(std::uint64_t bytes, const char* purpose);

  std::byte* data() const { return data_.get(); }
  std::uint64_t bytes() const { return size_; }

 private:
  struct Free {
    void operator()(std::byte* data) const;
  };
  std::unique_ptr<std::byte, Free> data_;
  std::uint64_t size_ = 0;
};

}  // namespace scoria
