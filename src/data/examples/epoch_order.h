#pragma once

#include <cstdint>
#include <vector>

#include "data/examples/example_source.h"
#include "data/shards/keyed_permutation.h"

namespace scoria {

/// The order of an epoch: which example comes at each position, computed, not stored.
///
/// With one bin, a shuffle of all examples. With several, a shuffle of whole batches: first made of examples of one
/// bin, each bin shuffled; what is left of the bins then makes mixed batches, and less than a batch is left out.
class EpochOrder {
 public:
  EpochOrder(std::vector<std::uint64_t> counts, std::int32_t batch, std::uint64_t seed, std::uint32_t epoch);

  std::uint64_t size() const { return size_; }
  ExamplePlace at(std::uint64_t position) const;

 private:
  ExamplePlace shuffled(std::size_t bin, std::uint64_t number) const;
  ExamplePlace leftover(std::uint64_t number) const;

  std::uint32_t epoch_;
  std::uint64_t batch_;
  std::uint64_t size_ = 0;
  std::vector<std::uint64_t> whole_batches_, leftovers_;  // of each bin
  std::vector<KeyedPermutation> in_bin_;
  KeyedPermutation batches_{1, 0, {.site = RandomStream::kOrder}};
};

}  // namespace scoria
