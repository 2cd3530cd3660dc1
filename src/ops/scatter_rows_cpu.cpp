// scatter_add_rows on the host: rows are sorted by number (counting, stable), then every row of the result is summed by
// one thread in ascending order: no atomics, and the same bits whatever the threads.

#include <algorithm>
#include <memory>
#include <vector>

#include "base/parallel.h"
#include "base/target_clones.h"
#include "ops/scatter_rows.h"

namespace scoria {
namespace {

// Results of few rows, such as token types, are summed in parts of this many rows: one row alone would be one thread's.
constexpr std::int64_t kFewRows = 16;
constexpr std::int64_t kRowsPerPart = 128;

SCORIA_TARGET_CLONES(void, add_row, (const float* x, float* sum, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t c = 0; c < n; ++c) sum[c] += x[c];
}

// Rows by number: those of v are order[start[v]] .. order[start[v + 1] - 1], ascending.
struct Buckets {
  std::vector<std::int32_t> start, order;

  void sort(const std::int32_t* rows, const ScatterSizes& sizes) {
    const auto count = static_cast<std::size_t>(sizes.row_count);
    start.assign(count + 2, 0);
    order.resize(static_cast<std::size_t>(sizes.rows));
    const auto bucket = [&](std::int64_t i) {
      const bool inside = rows[i] >= 0 && rows[i] < sizes.row_count;
      return inside ? static_cast<std::size_t>(rows[i]) : count;
    };
    // Counts stand two places on, so that placing leaves each bucket's start one place on, where it is read.
    for (std::int64_t i = 0; i < sizes.rows; ++i) {
      if (bucket(i) + 2 < start.size()) ++start[bucket(i) + 2];
    }
    for (std::size_t v = 2; v < start.size(); ++v) start[v] += start[v - 1];
    for (std::int64_t i = 0; i < sizes.rows; ++i) {
      if (bucket(i) < count) {
        order[static_cast<std::size_t>(start[bucket(i) + 1]++)] = static_cast<std::int32_t>(i);
      }
    }
  }
};

void scatter_by_buckets(const ScatterSizes& sizes, const Buckets& buckets, const float* x, float* out, bool keep) {
  const std::int64_t grain = std::max<std::int64_t>(1, std::min(sizes.row_count / 64, 16384 / sizes.width));
  parallel_for(sizes.row_count, grain, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t v = first; v < last; ++v) {
      float* sum = out + v * sizes.width;
      const auto begin = static_cast<std::size_t>(buckets.start[static_cast<std::size_t>(v)]);
      const auto end = static_cast<std::size_t>(buckets.start[static_cast<std::size_t>(v) + 1]);
      if (!keep) std::fill(sum, sum + sizes.width, 0.0f);
      for (std::size_t k = begin; k < end; ++k) add_row(x + buckets.order[k] * sizes.width, sum, sizes.width);
    }
  });
}

void scatter_by_parts(const ScatterSizes& sizes, std::vector<float>& partial, const std::int32_t* rows, const float* x,
                      float* out, bool keep) {
  const std::int64_t size = sizes.row_count * sizes.width;
  const std::int64_t parts = (sizes.rows + kRowsPerPart - 1) / kRowsPerPart;
  parallel_for(parts, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t part = first; part < last; ++part) {
      float* sums = partial.data() + part * size;
      std::fill(sums, sums + size, 0.0f);
      const std::int64_t end = std::min(sizes.rows, (part + 1) * kRowsPerPart);
      for (std::int64_t i = part * kRowsPerPart; i < end; ++i) {
        if (rows[i] >= 0 && rows[i] < sizes.row_count) {
          add_row(x + i * sizes.width, sums + rows[i] * sizes.width, sizes.width);
        }
      }
    }
  });
  if (!keep) std::fill(out, out + size, 0.0f);
  for (std::int64_t part = 0; part < parts; ++part) add_row(partial.data() + part * size, out, size);
}

}  // namespace

ScatterFn make_scatter(const ScatterSizes& sizes, bool keep) {
  if (sizes.row_count <= kFewRows && sizes.rows > kRowsPerPart) {
    const std::int64_t parts = (sizes.rows + kRowsPerPart - 1) / kRowsPerPart;
    const auto partial =
        std::make_shared<std::vector<float>>(static_cast<std::size_t>(parts * sizes.row_count * sizes.width));
    return [=](const std::int32_t* rows, const float* x, float* out) {
      scatter_by_parts(sizes, *partial, rows, x, out, keep);
    };
  }
  const auto buckets = std::make_shared<Buckets>();
  return [=](const std::int32_t* rows, const float* x, float* out) {
    buckets->sort(rows, sizes);
    scatter_by_buckets(sizes, *buckets, x, out, keep);
  };
}

}  // namespace scoria
