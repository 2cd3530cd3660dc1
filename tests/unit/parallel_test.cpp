#include "base/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace scoria {
namespace {

using Counts = std::vector<std::atomic<int>>;

// Two kinds of rounds by turns, as sgemm has them: those of one kind wait for each other at the wait in between. How
// often each piece of each round was done.
std::vector<Counts> done_in_rounds(const std::vector<std::int64_t>& counts, int threads) {
  std::vector<Counts> done;
  for (const std::int64_t count : counts) done.emplace_back(static_cast<std::size_t>(count));
  SharedWork even(threads), odd(threads);
  parallel_region(threads, [&](int thread, int team) {
    SharedWork::Taker takers[] = {{even, thread, team}, {odd, thread, team}};
    for (std::size_t i = 0; i < counts.size(); ++i) {
      takers[i % 2].round(counts[i], [&](std::int64_t piece) { ++done[i][static_cast<std::size_t>(piece)]; });
      if (i % 2 == 1 && team > 1) wait_for_region();
    }
  });
  return done;
}

}  // namespace

TEST_CASE("shared work: every piece of every round is done once, with any number of threads") {
  const std::vector<std::int64_t> counts{5, 0, 1, 17, 4, 4, 100, 3, 2, 1000, 7, 1};
  for (int threads = 1; threads <= 5; ++threads) {
    CAPTURE(threads);
    int wrong = 0;
    for (const Counts& round : done_in_rounds(counts, threads)) {
      for (const std::atomic<int>& times : round) wrong += times != 1;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("parallel_for covers its range once, in ranges that start at multiples of the grain") {
  const int before = host_threads();
  for (int threads = 1; threads <= 4; ++threads) {
    set_host_threads(threads);
    for (const std::int64_t count : {0, 1, 7, 64, 1001}) {
      for (const std::int64_t grain : {1, 3, 64, 5000}) {
        Counts done(static_cast<std::size_t>(count));
        std::atomic<int> astray = 0;
        parallel_for(count, grain, [&](std::int64_t first, std::int64_t last) {
          astray += first % grain != 0 || (last - first < grain && last != count);
          for (std::int64_t i = first; i < last; ++i) ++done[static_cast<std::size_t>(i)];
        });
        int wrong = astray;
        for (const std::atomic<int>& times : done) wrong += times != 1;
        INFO("threads ", threads, ", count ", count, ", grain ", grain);
        CHECK(wrong == 0);
      }
    }
  }
  set_host_threads(before);
}

TEST_CASE("a parallel_for inside another runs on its caller's thread") {
  const int before = host_threads();
  set_host_threads(2);
  std::atomic<int> inner = 0;
  parallel_for(8, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const std::thread::id outside = std::this_thread::get_id();
      parallel_for(100, 1, [&](std::int64_t a, std::int64_t b) {
        if (std::this_thread::get_id() == outside) inner += static_cast<int>(b - a);
      });
    }
  });
  CHECK(inner == 800);
  set_host_threads(before);
}

}  // namespace scoria
