#include "scoria/host_threads.h"

#include <doctest/doctest.h>
#include <omp.h>

#include <mutex>
#include <set>
#include <thread>

#include "base/block_workers.h"
#include "base/parallel.h"
#include "scoria/error.h"

namespace scoria {
namespace {

/// How many threads come to work of many small parts.
std::size_t threads_at_work() {
  std::mutex mutex;
  std::set<std::thread::id> seen;
  parallel_for(4096, 1, [&](std::int64_t, std::int64_t) {
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  return seen.size();
}

}  // namespace

TEST_CASE("the number of host threads is that of parallel_for and of workers, on any thread that asks") {
  const int before = host_threads();
  for (const int count : {1, 2, 3}) {
    CAPTURE(count);
    set_host_threads(count);
    CHECK(host_threads() == count);
    CHECK(thread_count() == count);
    CHECK(resolve_thread_count(0) == count);
    CHECK(resolve_thread_count(7) == 7);
    CHECK(threads_at_work() <= static_cast<std::size_t>(count));
    // OpenMP's own setting is of the thread that made it.
    std::thread([&] {
      CHECK(thread_count() == count);
      CHECK(threads_at_work() <= static_cast<std::size_t>(count));
    }).join();
  }
  set_host_threads(0);
  CHECK(host_threads() == omp_get_num_procs());
  CHECK_THROWS_AS(set_host_threads(-1), Error);
  CHECK_THROWS_AS(set_host_threads(1025), Error);
  set_host_threads(before);
}

}  // namespace scoria
