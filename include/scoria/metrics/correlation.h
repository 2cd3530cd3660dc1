#pragma once

#include <span>

namespace scoria {

/// Agreement of predicted scores with true ones, as SciPy computes it: GLUE's two for STS-B. Both spans are of the same
/// examples in the same order. In [-1, 1], computed in double; NaN if one side is constant, since it is not defined
/// then. Both throw Error (Usage) if the lengths differ or are less than 2.

/// Pearson's: the covariance over the product of the standard deviations.
double pearson_correlation(std::span<const float> predicted, std::span<const float> expected);

/// Spearman's: Pearson's of the ranks, equal values sharing the mean of theirs. NaN too if a value is NaN.
double spearman_correlation(std::span<const float> predicted, std::span<const float> expected);

}  // namespace scoria
