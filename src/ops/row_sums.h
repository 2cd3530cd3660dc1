#pragma once

#include <cstdint>
#include <functional>

namespace scoria {

/// Prepares y[c] = sum over rows of x[rows, width] on the host's threads; the result owns the memory it needs. Sums are
/// cut at fixed rows: they do not depend on the number of threads.
std::function<void(const float* x, float* y)> make_row_sum(std::int64_t rows, std::int64_t width);

/// Prepares the sum of n floats, cut at fixed places; the result owns the memory it needs.
std::function<double(const float* x)> make_sum(std::int64_t n);

}  // namespace scoria
