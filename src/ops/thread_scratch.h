#pragma once

#include <omp.h>

#include <cstdint>
#include <vector>

#include "scoria/host_threads.h"

namespace scoria {

/// Scratch memory of each thread of a parallel_for, kept from step to step.
class ThreadScratch {
 public:
  explicit ThreadScratch(std::int64_t floats) : floats_(static_cast<std::size_t>(floats)) { grow(); }
  /// Before a parallel_for: memory for as many threads as it may use.
  void grow() {
    while (memory_.size() < static_cast<std::size_t>(host_threads())) memory_.emplace_back(floats_);
  }
  float* mine() { return memory_[static_cast<std::size_t>(omp_get_thread_num())].data(); }

 private:
  std::size_t floats_;
  std::vector<std::vector<float>> memory_;
};

}  // namespace scoria
