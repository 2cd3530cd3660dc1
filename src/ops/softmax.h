#pragma once

#include <cmath>
#include <cstdint>

#include "base/vector_math.h"

namespace scoria {

/// y = softmax(x), n elements, y may be x; returns their log-sum-exp. Call from a function marked SCORIA_TARGET_CLONES.
SCORIA_INLINE float softmax(const float* x, float* y, std::int64_t n) {
  float largest = x[0];
#pragma omp simd reduction(max : largest)
  for (std::int64_t i = 0; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
  float total = 0;
#pragma omp simd reduction(+ : total)
  for (std::int64_t i = 0; i < n; ++i) {
    const float e = exp_fast(x[i] - largest);
    y[i] = e;
    total += e;
  }
  const float share = 1.0f / total;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] *= share;
  return largest + std::log(total);
}

}  // namespace scoria
