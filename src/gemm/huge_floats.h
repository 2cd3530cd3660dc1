#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace scoria {

/// Memory in huge pages that grows and never shrinks.
class HugeFloats {
 public:
  float* at_least(std::int64_t count) {
    if (count > count_) {
      memory_.reset();
      count_ = 0;
      const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
      memory_.reset(static_cast<float*>(::operator new(bytes, kPage)));
      madvise(memory_.get(), bytes, MADV_HUGEPAGE);
      count_ = count;
    }
    return memory_.get();
  }

 private:
  static constexpr std::align_val_t kPage{2 << 20};
  struct Free {
    void operator()(float* memory) const { ::operator delete(memory, kPage); }
  };
  std::unique_ptr<float, Free> memory_;
  std::int64_t count_ = 0;
};

}  // namespace scoria
