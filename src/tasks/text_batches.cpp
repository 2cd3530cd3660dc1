#include "tasks/text_batches.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace scoria {

std::int64_t padded_length(std::int64_t n, std::int64_t longest) {
  std::int64_t length = 16;
  while (length < n) {
    const bool is_power = std::has_single_bit(static_cast<std::uint64_t>(length));
    length = length == 16 ? 32 : is_power ? length / 2 * 3 : length / 3 * 4;
  }
  return std::min(length, longest);
}

std::int64_t batch_size(std::int64_t left, std::int64_t batch) {
  if (2 * left > batch) return batch;
  return left == 1 ? 1 : std::max<std::int64_t>(1, batch / 4);
}

TextBatches::TextBatches(std::span<const Encoding> texts, std::int64_t batch, std::int64_t longest)
    : order_(texts.size()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::stable_sort(order_,
                           [&](std::size_t a, std::size_t b) { return texts[a].ids.size() > texts[b].ids.size(); });
  for (std::span<const std::size_t> left = order_; !left.empty();) {
    const std::int64_t size = batch_size(static_cast<std::int64_t>(left.size()), batch);
    const auto used = std::min(left.size(), static_cast<std::size_t>(size));
    const auto tokens = static_cast<std::int64_t>(texts[left.front()].ids.size());
    batches_.push_back({left.first(used), size, padded_length(tokens, longest)});
    left = left.subspan(used);
  }
}

}  // namespace scoria
