#include <fmt/core.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "scoria/data/pretraining.h"
#include "scoria/error.h"

namespace scoria {

/// A ring of depth + 1 batches: one in the caller's hands, the others ready or being filled.
struct BatchLoader::Queue {
  Queue(const PretrainingData& data_, std::int32_t batch_size_, std::uint64_t first_batch, int depth, Share share_)
      : data(data_),
        batch_size(batch_size_),
        share(share_),
        ring(static_cast<std::size_t>(depth) + 1),
        filled(first_batch),
        taken(first_batch) {}

  void run(const std::stop_token& stop) {
    for (;;) {
      std::unique_lock lock(mutex);
      // The batch last taken stays untouched until the next is asked for.
      const auto has_room = [&] { return filled - taken + (in_hand ? 1 : 0) < ring.size(); };
      if (!changed.wait(lock, stop, has_room)) return;
      PretrainingBatch& batch = ring[filled % ring.size()];
      const std::uint64_t first = (filled * share.count + share.rank) * static_cast<std::uint64_t>(batch_size);
      lock.unlock();
      try {
        data.fill(first, batch_size, batch);
      } catch (...) {
        lock.lock();
        error = std::current_exception();
        changed.notify_all();
        return;
      }
      lock.lock();
      ++filled;
      changed.notify_all();
    }
  }

  const PretrainingData& data;
  const std::int32_t batch_size;
  const Share share;
  std::vector<PretrainingBatch> ring;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::uint64_t filled, taken;  // numbers of batches: the next to fill, the next to take
  bool in_hand = false;
  std::exception_ptr error;
  std::jthread thread;  // last: joined before what it uses goes
};

BatchLoader::BatchLoader(const PretrainingData& data, std::int32_t batch_size, std::uint64_t first_batch, int depth,
                         Share share) {
  if (batch_size < 1 || depth < 1)
    throw Error(ErrorKind::Usage,
                fmt::format("batch loader: batch_size and depth must be positive, got {} and {}", batch_size, depth));
  if (share.rank >= share.count)
    throw Error(ErrorKind::Usage,
                fmt::format("batch loader: rank must be below the {} shares, got {}", share.count, share.rank));
  queue_ = std::make_unique<Queue>(data, batch_size, first_batch, depth, share);
  queue_->thread = std::jthread([queue = queue_.get()](const std::stop_token& stop) { queue->run(stop); });
}

BatchLoader::~BatchLoader() = default;

const PretrainingBatch& BatchLoader::next() {
  std::unique_lock lock(queue_->mutex);
  queue_->in_hand = false;
  queue_->changed.notify_all();
  queue_->changed.wait(lock, [&] { return queue_->filled > queue_->taken || queue_->error; });
  if (queue_->filled == queue_->taken) std::rethrow_exception(queue_->error);
  queue_->in_hand = true;
  return queue_->ring[queue_->taken++ % queue_->ring.size()];
}

std::uint64_t BatchLoader::position() const {
  std::lock_guard lock(queue_->mutex);
  return queue_->taken;
}

}  // namespace scoria
