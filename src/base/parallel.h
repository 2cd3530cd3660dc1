#pragma once

#include <omp.h>

#include <algorithm>
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

}  // namespace scoria
