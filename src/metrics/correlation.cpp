#include "scoria/metrics/correlation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "metrics/paired.h"

namespace scoria {
namespace {

using Values = std::vector<double>;

/// Takes the mean away and divides by the length: what is left points into the values' direction.
void normalize(Values& values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  for (double& value : values) value -= mean;
  const double length = std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
  for (double& value : values) value /= length;
}

bool is_constant(const Values& values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

double correlation(Values a, Values b) {
  // Of a constant the mean may round to something else, and the direction would be of what is left.
  if (is_constant(a) || is_constant(b)) return std::numeric_limits<double>::quiet_NaN();
  normalize(a);
  normalize(b);
  const double cosine = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  return std::isnan(cosine) ? cosine : std::clamp(cosine, -1.0, 1.0);
}

Values ranks_of(std::span<const float> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  Values ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = 0.5 * static_cast<double>(begin + end + 1);
  }
  return ranks;
}

bool has_nan(std::span<const float> values) {
  return std::any_of(values.begin(), values.end(), [](float value) { return std::isnan(value); });
}

}  // namespace

double pearson_correlation(std::span<const float> predicted, std::span<const float> expected) {
  check_paired("pearson_correlation", predicted.size(), expected.size(), 2);
  return correlation(Values(predicted.begin(), predicted.end()), Values(expected.begin(), expected.end()));
}

double spearman_correlation(std::span<const float> predicted, std::span<const float> expected) {
  check_paired("spearman_correlation", predicted.size(), expected.size(), 2);
  // NaN has no rank.
  if (has_nan(predicted) || has_nan(expected)) return std::numeric_limits<double>::quiet_NaN();
  return correlation(ranks_of(predicted), ranks_of(expected));
}

}  // namespace scoria
