#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace scoria {

/// Probabilities of logits, summed in double.
inline std::vector<float> softmax(std::span<const float> logits) {
  if (logits.empty()) return {};
  const double largest = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float x : logits) sum += std::exp(x - largest);
  std::vector<float> result;
  result.reserve(logits.size());
  for (const float x : logits) result.push_back(static_cast<float>(std::exp(x - largest) / sum));
  return result;
}

/// The probability of each logit for itself.
inline std::vector<float> sigmoids(std::span<const float> logits) {
  std::vector<float> result;
  result.reserve(logits.size());
  for (const double x : logits) result.push_back(static_cast<float>(1 / (1 + std::exp(-x))));
  return result;
}

/// The places of the `count` largest values, largest first; of equal ones the first.
template <typename T>
std::vector<std::size_t> largest_places(std::span<const T> values, std::size_t count) {
  std::vector<std::size_t> places(values.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  count = std::min(count, places.size());
  std::partial_sort(
      places.begin(), places.begin() + static_cast<std::ptrdiff_t>(count), places.end(),
      [&](std::size_t a, std::size_t b) { return values[a] != values[b] ? values[a] > values[b] : a < b; });
  places.resize(count);
  return places;
}

}  // namespace scoria
