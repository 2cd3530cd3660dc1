#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace scoria {

/// Calls f(begin, end) on consecutive parts of 0..n-1, one a thread, each of at least `grain` items but for the last;
/// a part of all items runs on the calling thread. The parts depend on n, grain and the number of threads alone, so
/// sums that are kept by part come out the same each time. The threads are OpenMP's, which oneDNN uses too.
/// f must not throw.
template <typename F>
void parallel_for(std::int64_t n, std::int64_t grain, F&& f) {
  if (n <= 0) return;
  const std::int64_t most = omp_in_parallel() ? 1 : omp_get_max_threads();
  const std::int64_t parts = std::clamp<std::int64_t>(n / std::max<std::int64_t>(grain, 1), 1, most);
  if (parts == 1) {
    f(std::int64_t{0}, n);
    return;
  }
#pragma omp parallel for schedule(static, 1) num_threads(static_cast <int>(parts))
  for (std::int64_t part = 0; part < parts; ++part) f(n * part / parts, n * (part + 1) / parts);
}

}  // namespace scoria
