#include "ops/row_sums.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "base/parallel.h"
#include "base/target_clones.h"

namespace scoria {
namespace {

constexpr std::int64_t kRowsPerPart = 64;
constexpr std::int64_t kElementsPerPart = 65536;
// Columns whose sums stay in the first-level cache while rows stream past.
constexpr std::int64_t kColumnBlock = 2048;

// Four rows a pass: one load and store of the sums for four loads of x.
SCORIA_TARGET_CLONES(void, add_rows,
                     (const float* x, std::int64_t rows, std::int64_t stride, std::int64_t width, float* sums)) {
  std::int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float *x0 = x + r * stride, *x1 = x0 + stride, *x2 = x1 + stride, *x3 = x2 + stride;
#pragma omp simd
    for (std::int64_t c = 0; c < width; ++c) sums[c] += (x0[c] + x1[c]) + (x2[c] + x3[c]);
  }
  for (; r < rows; ++r) {
    const float* row = x + r * stride;
#pragma omp simd
    for (std::int64_t c = 0; c < width; ++c) sums[c] += row[c];
  }
}

void sum_part_rows(const float* x, std::int64_t rows, std::int64_t width, std::int64_t part, float* sums) {
  const std::int64_t row = part * kRowsPerPart;
  for (std::int64_t c = 0; c < width; c += kColumnBlock) {
    add_rows(x + row * width + c, std::min(kRowsPerPart, rows - row), width, std::min(kColumnBlock, width - c),
             sums + c);
  }
}

SCORIA_TARGET_CLONES(double, sum_part, (const float* x, std::int64_t n)) {
  double total = 0;
#pragma omp simd reduction(+ : total)
  for (std::int64_t i = 0; i < n; ++i) total += static_cast<double>(x[i]);
  return total;
}

}  // namespace

std::function<void(const float* x, float* y)> make_row_sum(std::int64_t rows, std::int64_t width) {
  if (width == 1) {
    return [sum = make_sum(rows)](const float* x, float* y) { y[0] = static_cast<float>(sum(x)); };
  }
  const std::int64_t parts = (rows + kRowsPerPart - 1) / kRowsPerPart;
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / (kRowsPerPart * width));
  const auto partial = std::make_shared<std::vector<float>>(static_cast<std::size_t>(parts * width));
  return [=](const float* x, float* y) {
    float* sums = partial->data();
    parallel_for(parts, grain, [=](std::int64_t first, std::int64_t last) {
      std::fill(sums + first * width, sums + last * width, 0.0f);
      for (std::int64_t part = first; part < last; ++part) sum_part_rows(x, rows, width, part, sums + part * width);
    });
    std::fill(y, y + width, 0.0f);
    add_rows(sums, parts, width, width, y);
  };
}

std::function<double(const float* x)> make_sum(std::int64_t n) {
  const std::int64_t parts = (n + kElementsPerPart - 1) / kElementsPerPart;
  const auto partial = std::make_shared<std::vector<double>>(static_cast<std::size_t>(parts));
  return [=](const float* x) {
    double* sums = partial->data();
    parallel_for(parts, 1, [=](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) {
        const std::int64_t begin = part * kElementsPerPart;
        sums[part] = sum_part(x + begin, std::min(kElementsPerPart, n - begin));
      }
    });
    return std::accumulate(sums, sums + parts, 0.0);
  };
}

}  // namespace scoria
