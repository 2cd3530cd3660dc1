#include "data/examples/epoch_order.h"

#include <algorithm>
#include <numeric>

namespace scoria {

EpochOrder::EpochOrder(std::vector<std::uint64_t> counts, std::int32_t batch, std::uint64_t seed, std::uint32_t epoch)
    : epoch_(epoch), batch_(counts.size() > 1 ? static_cast<std::uint64_t>(batch) : 1) {
  std::uint64_t batches = 0, left = 0;
  for (std::uint32_t bin = 0; bin < counts.size(); ++bin) {
    in_bin_.emplace_back(counts[bin], seed,
                         RandomStream::Name{.site = RandomStream::kOrder, .epoch = epoch, .lane = bin});
    whole_batches_.push_back(counts[bin] / batch_);
    leftovers_.push_back(counts[bin] % batch_);
    batches += whole_batches_.back();
    left += leftovers_.back();
  }
  batches += left / batch_;
  size_ = batches * batch_;
  if (counts.size() > 1)
    batches_ = KeyedPermutation(
        batches, seed,
        {.site = RandomStream::kOrder, .epoch = epoch, .lane = static_cast<std::uint32_t>(counts.size())});
}

ExamplePlace EpochOrder::at(std::uint64_t position) const {
  if (in_bin_.size() == 1) return shuffled(0, position);
  std::uint64_t batch = batches_(position / batch_);
  for (std::size_t bin = 0; bin < whole_batches_.size(); ++bin) {
    if (batch < whole_batches_[bin]) return shuffled(bin, batch * batch_ + position % batch_);
    batch -= whole_batches_[bin];
  }
  return leftover(batch * batch_ + position % batch_);
}

ExamplePlace EpochOrder::shuffled(std::size_t bin, std::uint64_t number) const {
  return {epoch_, static_cast<std::uint32_t>(bin), in_bin_[bin](number)};
}

ExamplePlace EpochOrder::leftover(std::uint64_t number) const {
  std::size_t bin = 0;
  while (number >= leftovers_[bin]) number -= leftovers_[bin++];
  return shuffled(bin, whole_batches_[bin] * batch_ + number);
}

std::vector<std::uint64_t> BlockCounts::totals() const {
  std::vector<std::uint64_t> totals;
  for (const auto& begin : begin_) totals.push_back(begin.back());
  return totals;
}

BlockCounts::Found BlockCounts::find(std::uint32_t bin, std::uint64_t number) const {
  const auto& begin = begin_[bin];
  const auto block = static_cast<std::size_t>(std::upper_bound(begin.begin(), begin.end(), number) - begin.begin()) - 1;
  return {block, number - begin[block]};
}

}  // namespace scoria
