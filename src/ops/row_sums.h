#pragma once

#include <cstdint>

namespace scoria {

/// y[c] = sum over rows of x[rows, width], on the host's threads. Sums are cut at fixed rows: the result does not
/// depend on the number of threads.
void sum_rows(const float* x, std::int64_t rows, std::int64_t width, float* y);

/// The sum of n floats, cut at fixed places.
double sum_elements(const float* x, std::int64_t n);

}  // namespace scoria
