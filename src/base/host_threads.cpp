#include "scoria/host_threads.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <atomic>

#include "scoria/error.h"

namespace scoria {
namespace {

std::atomic<int> chosen{0};  // 0: not yet

}  // namespace

void set_host_threads(int count) {
  if (count < 0 || count > 1024)
    throw Error(ErrorKind::Usage, fmt::format("{} threads; give 1 to 1024, or 0 for every processor", count));
  chosen = count > 0 ? count : std::max(1, omp_get_num_procs());
  omp_set_num_threads(chosen);  // for libraries that ask OpenMP on this thread
}

int host_threads() { return chosen > 0 ? chosen.load() : std::max(1, omp_get_max_threads()); }

}  // namespace scoria
