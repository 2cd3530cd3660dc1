#include "tasks/text_batches.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace scoria {

std::int64_t rounded_length(std::int64_t n, std::int64_t longest) {
  std::int64_t length = 16;
  while (length < n) {
    const bool is_power = std::has_single_bit(static_cast<std::uint64_t>(length));
    length = length == 16 ? 32 : is_power ? length / 2 * 3 : length / 3 * 4;
  }
  return std::min(length, longest);
}

std::int64_t rounded_tokens(std::int64_t n) {
  const auto power = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(std::max<std::int64_t>(n, 1))));
  const std::int64_t step = std::max<std::int64_t>(16, power / 8);
  return (std::max<std::int64_t>(n, 1) + step - 1) / step * step;
}

std::int64_t rounded_batch(std::int64_t n, std::int64_t batch) {
  if (n == 1) return 1;
  return n <= batch / 4 ? batch / 4 : batch;
}

TextBatches::TextBatches(std::span<const Encoding> texts, std::int64_t batch, std::int64_t longest) {
  if (texts.empty()) return;
  const auto tokens_of = [&](std::size_t i) { return static_cast<std::int64_t>(texts[i].ids.size()); };
  std::vector<std::size_t> order(texts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return tokens_of(a) > tokens_of(b); });
  const auto count = static_cast<std::int64_t>(texts.size());
  const auto hands = static_cast<std::size_t>((count + batch - 1) / batch);
  batches_.resize(hands);
  for (std::size_t i = 0; i < order.size(); ++i) batches_[i % hands].texts.push_back(order[i]);
  // The first has the longest of every round, and the most of them.
  std::int64_t tokens = 0;
  for (const std::size_t text : batches_.front().texts) tokens += tokens_of(text);
  for (TextBatch& each : batches_) {
    each.batch = hands == 1 ? rounded_batch(count, batch) : batch;
    each.length = rounded_length(tokens_of(order.front()), longest);
    each.tokens = rounded_tokens(tokens);
  }
}

}  // namespace scoria
