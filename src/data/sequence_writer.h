#pragma once

#include <cstdint>
#include <vector>

#include "data/random_stream.h"
#include "data/sequence_plan.h"

namespace scoria {

/// Writes planned sequences, with their masks, into rows of a batch.
class SequenceWriter {
 public:
  struct Ids {
    std::int32_t cls, sep, mask;
  };
  SequenceWriter(const TokenStore& store, const std::vector<std::uint32_t>& documents,
                 const PretrainingOptions& options, Ids ids)
      : store_(store), documents_(documents), options_(options), ids_(ids) {}

  /// `batch` has its sizes, and row `row` is padding throughout.
  void write(const PlannedSequence& planned, RandomStream random, std::int32_t row, PretrainingBatch& batch) const;

 private:
  /// Tokens [begin, end) of the store.
  struct Segment {
    std::uint64_t begin, end;
    std::uint64_t size() const { return end - begin; }
  };

  Segment sentences(std::uint64_t first, std::uint64_t count) const;
  Segment random_segment(std::uint32_t not_place, std::uint64_t wanted, RandomStream& random) const;
  void truncate(Segment& a, Segment& b, RandomStream& random) const;
  void mask(std::int32_t row, std::int32_t a_size, RandomStream& random, PretrainingBatch& batch) const;
  std::int32_t masked_id(std::int32_t id, RandomStream& random) const;

  const TokenStore& store_;
  const std::vector<std::uint32_t>& documents_;
  const PretrainingOptions& options_;
  Ids ids_;
};

}  // namespace scoria
