#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "scoria/host_threads.h"

namespace scoria {

/// A thread count from an option where 0 means host_threads().
inline int resolve_thread_count(int requested) { return requested > 0 ? requested : host_threads(); }

/// Threads that take blocks from a bounded queue, in the order pushed. What `work` throws, the next push() or
/// finish() throws to the thread that feeds it; blocks that wait are then dropped.
template <typename Block>
class BlockWorkers {
 public:
  /// `work` is called with the worker's number, 0 to thread_count - 1, and its block.
  BlockWorkers(int thread_count, std::function<void(int, Block&)> work) : work_(std::move(work)) {
    limit_ = 2 * static_cast<std::size_t>(thread_count);
    for (int i = 0; i < thread_count; ++i) threads_.emplace_back([this, i] { run(i); });
  }
  ~BlockWorkers() {
    {
      std::lock_guard lock(mutex_);
      blocks_.clear();
      closed_ = true;
    }
    changed_.notify_all();
  }
  BlockWorkers(const BlockWorkers&) = delete;
  BlockWorkers& operator=(const BlockWorkers&) = delete;

  /// Waits while two blocks a thread are pending.
  void push(Block block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return error_ || blocks_.size() < limit_; });
    if (error_) std::rethrow_exception(error_);
    blocks_.push_back(std::move(block));
    changed_.notify_all();
  }

  /// Waits until every block is done. More may be pushed afterwards.
  void finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return error_ || (blocks_.empty() && busy_ == 0); });
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void run(int worker) {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return closed_ || !blocks_.empty(); });
      if (blocks_.empty()) return;
      Block block = std::move(blocks_.front());
      blocks_.pop_front();
      ++busy_;
      changed_.notify_all();
      lock.unlock();
      std::exception_ptr error;
      try {
        work_(worker, block);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      --busy_;
      if (error) {
        error_ = error;
        blocks_.clear();
      }
      changed_.notify_all();
    }
  }

  std::function<void(int, Block&)> work_;
  std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Block> blocks_;
  int busy_ = 0;
  bool closed_ = false;
  std::exception_ptr error_;
  std::vector<std::jthread> threads_;  // last: joined before what they use goes
};

}  // namespace scoria
