#pragma once

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "scoria/host_threads.h"

namespace scoria {

/// Threads that parallel_for may use.
inline int thread_count() { return omp_in_parallel() ? 1 : host_threads(); }

/// Calls body(first, last) for ranges that together cover 0 .. count - 1, on several threads. Ranges start at multiples
/// of `grain`, so that a range is never smaller (but for the last) and a result that does not depend on where ranges
/// are cut does not depend on the thread count. Ranges are handed out as threads get free: a thread that another
/// process disturbs then does less. One range, or a call from inside another parallel_for, runs on the caller's thread.
/// The threads are OpenMP's. body must not throw.
template <typename Body>
void parallel_for(std::int64_t count, std::int64_t grain, const Body& body) {
  constexpr std::int64_t kRangesPerThread = 4;
  const int threads = thread_count();
  const std::int64_t grains = (count + grain - 1) / grain;
  const std::int64_t ranges = std::min<std::int64_t>(grains, threads == 1 ? 1 : threads * kRangesPerThread);
  if (ranges <= 1) {
    if (count > 0) body(std::int64_t{0}, count);
    return;
  }
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (std::int64_t range = 0; range < ranges; ++range) {
    const std::int64_t first = grains * range / ranges * grain;
    const std::int64_t last = std::min(count, grains * (range + 1) / ranges * grain);
    if (first < last) body(first, last);
  }
}

/// Calls body(number of threads) on each of `threads` threads at once, or on the caller's alone. Work is shared out by
/// body itself (SharedWork). body must not throw.
template <typename Body>
void parallel_region(int threads, const Body& body) {
  if (threads <= 1) {
    body(1);
    return;
  }
#pragma omp parallel num_threads(threads)
  body(omp_get_num_threads());
}

/// Inside a parallel_region: waits until all its threads are here.
inline void wait_for_region() {
#pragma omp barrier
}

/// Numbers of pieces of work, taken by the threads of a region as they get free. Between two rounds of one SharedWork
/// the threads wait for each other.
class SharedWork {
 public:
  /// A thread's own view; `threads` of them take part.
  class Taker {
   public:
    Taker(SharedWork& work, int threads) : work_(work), threads_(threads) {}
    /// A round: body(0) .. body(count - 1), each on one of the threads.
    template <typename Body>
    void round(std::int64_t count, const Body& body) {
      std::int64_t piece = 0;
      while ((piece = work_.next_.fetch_add(1, std::memory_order_relaxed) - start_) < count) body(piece);
      start_ += count + threads_;  // each thread has taken one number too many
    }

   private:
    SharedWork& work_;
    std::int64_t threads_, start_ = 0;
  };

 private:
  std::atomic<std::int64_t> next_ = 0;
};

}  // namespace scoria
