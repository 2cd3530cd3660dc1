#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "scoria/data/pretraining.h"

namespace scoria {

/// Where an example is found: the number-th of its length bin in an epoch, in the order of the text.
struct ExamplePlace {
  std::uint32_t epoch = 0;
  std::uint32_t bin = 0;
  std::uint64_t number = 0;
};

/// What makes or reads the examples of PretrainingData; the order in which they come is not its business.
class ExampleSource {
 public:
  virtual ~ExampleSource() = default;
  /// Examples of an epoch, for each length bin.
  virtual std::vector<std::uint64_t> counts(std::uint32_t epoch) = 0;
  /// Writes an example into row `row` of a batch that is padding throughout and has its sizes.
  virtual void write(const ExamplePlace& place, std::int32_t row, PretrainingBatch& batch) = 0;

  virtual std::uint64_t document_count() const { return 0; }
  virtual std::uint64_t sentence_count() const { return 0; }
  virtual std::uint64_t token_count() const { return 0; }
};

/// What was made for the two epochs last asked for: an epoch's end and the next one's start are often wanted by turns.
template <typename T>
class EpochCache {
 public:
  template <typename Make>
  std::shared_ptr<const T> get(std::uint32_t epoch, const Make& make) {
    std::lock_guard lock(mutex_);
    for (const Entry& entry : entries_)
      if (entry.value && entry.epoch == epoch) return entry.value;
    auto made = std::make_shared<const T>(make());
    entries_[1] = std::exchange(entries_[0], {epoch, made});
    return made;
  }

 private:
  struct Entry {
    std::uint32_t epoch = 0;
    std::shared_ptr<const T> value;
  };
  std::mutex mutex_;
  Entry entries_[2];
};

/// Where each block's examples begin among those of an epoch, for each length bin.
class BlockCounts {
 public:
  explicit BlockCounts(std::size_t bins) : begin_(bins, {0}) {}

  /// Of the next block, one number a bin.
  void add(const std::vector<std::uint64_t>& counts) {
    for (std::size_t bin = 0; bin < begin_.size(); ++bin) begin_[bin].push_back(begin_[bin].back() + counts[bin]);
  }
  std::vector<std::uint64_t> totals() const;
  struct Found {
    std::size_t block;
    std::uint64_t number;  ///< among the block's examples of the bin
  };
  Found find(std::uint32_t bin, std::uint64_t number) const;

 private:
  std::vector<std::vector<std::uint64_t>> begin_;
};

/// What batches are padded to: lengths of 1 ... n parts of n, ascending.
class LengthBins {
 public:
  /// max_predictions must be known.
  explicit LengthBins(const PretrainingOptions& options);
  std::size_t count() const { return bins_.size(); }
  const LengthBin& operator[](std::size_t bin) const { return bins_[bin]; }
  const std::vector<LengthBin>& all() const { return bins_; }
  /// The least bin that holds a sequence and its masks; the last one for what none does.
  std::uint32_t bin_of(std::int64_t length, std::int64_t masked = 0) const;

 private:
  std::vector<LengthBin> bins_;
};

}  // namespace scoria
