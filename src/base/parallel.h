#pragma once

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "scoria/host_threads.h"

namespace scoria {

/// Threads that parallel_for may use.
inline int thread_count() { return omp_in_parallel() ? 1 : host_threads(); }

/// Calls body(thread, number of threads) on each of `threads` threads at once, or on the caller's alone. The threads
/// are OpenMP's. body must not throw.
template <typename Body>
void parallel_region(int threads, const Body& body) {
  if (threads <= 1) {
    body(0, 1);
    return;
  }
#pragma omp parallel num_threads(threads)
  body(omp_get_thread_num(), omp_get_num_threads());
}

/// Inside a parallel_region: waits until all its threads are here.
inline void wait_for_region() {
#pragma omp barrier
}

/// Rounds of pieces of work, shared out among the threads of a region. Each thread has a run of neighbouring pieces,
/// the same part of every round, so that it finds what it wrote before in its own caches; one that is through takes
/// from the others, so that a thread that another process disturbs does less. Between two rounds the threads wait for
/// each other.
class SharedWork {
  struct alignas(64) Queue {
    std::atomic<std::int64_t> next = 0;
  };
  struct Queues {
    std::unique_ptr<Queue[]> each;
    int count = 0;
  };

 public:
  explicit SharedWork(int threads) {
    std::vector<Queues>& spare = spare_queues();
    if (!spare.empty()) {
      queues_ = std::move(spare.back());
      spare.pop_back();
    }
    if (queues_.count < threads) queues_ = {std::make_unique<Queue[]>(static_cast<std::size_t>(threads)), threads};
    for (int i = 0; i < threads; ++i) queues_.each[static_cast<std::size_t>(i)].next = 0;
  }
  ~SharedWork() { spare_queues().push_back(std::move(queues_)); }
  SharedWork(const SharedWork&) = delete;
  SharedWork& operator=(const SharedWork&) = delete;

  /// A thread's own view of the work.
  class Taker {
   public:
    Taker(SharedWork& work, int thread, int threads)
        : queues_(work.queues_.each.get()), thread_(thread), threads_(threads) {}

    /// body(0) .. body(count - 1), each on one of the threads.
    template <typename Body>
    void round(std::int64_t count, const Body& body) {
      const std::int64_t most = (count + threads_ - 1) / threads_;
      for (std::int64_t i = 0; i < threads_; ++i) {
        const std::int64_t of = (thread_ + i) % threads_;
        const std::int64_t first = count * of / threads_, pieces = count * (of + 1) / threads_ - first;
        std::atomic<std::int64_t>& next = queues_[of].next;
        for (std::int64_t piece; (piece = next.fetch_add(1, std::memory_order_relaxed) - start_) < most;)
          if (piece < pieces) body(first + piece);
      }
      start_ += most + threads_;  // each thread has taken one number too many of each queue
    }

   private:
    Queue* queues_;
    std::int64_t thread_, threads_, start_ = 0;
  };

 private:
  /// Of this thread, to be used again: a training step allocates nothing.
  static std::vector<Queues>& spare_queues() {
    static thread_local std::vector<Queues> spare;
    return spare;
  }

  Queues queues_;
};

/// Calls body(first, last) for ranges that together cover 0 .. count - 1, on several threads. Ranges start at multiples
/// of `grain`, so that a range is never smaller (but for the last) and a result that does not depend on where ranges
/// are cut does not depend on the thread count. Ranges are shared out as SharedWork does. One range, or a call from
/// inside another parallel_for, runs on the caller's thread. body must not throw.
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
  SharedWork work(threads);
  parallel_region(threads, [&](int thread, int team) {
    SharedWork::Taker(work, thread, team).round(ranges, [&](std::int64_t range) {
      const std::int64_t first = grains * range / ranges * grain;
      const std::int64_t last = std::min(count, grains * (range + 1) / ranges * grain);
      if (first < last) body(first, last);
    });
  });
}

}  // namespace scoria
