#include "gemm/sgemm.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "scoria/host_threads.h"

namespace scoria {
namespace {

using Floats = std::vector<float>;

Floats random_floats(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Floats values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(random);
  return values;
}

// A rows x columns matrix, stored row by row or column by column, its lines `gap` elements further apart than they must.
struct Stored {
  std::int64_t rows, columns;
  bool is_transposed;
  std::int64_t gap = 0;

  std::int64_t stride() const { return (is_transposed ? rows : columns) + gap; }
  std::int64_t floats() const { return (is_transposed ? columns : rows) * stride(); }
  SgemmOperand of(const float* data) const {
    return is_transposed ? SgemmOperand{data, 1, stride()} : SgemmOperand{data, stride(), 1};
  }
};

float at(const SgemmOperand& x, std::int64_t row, std::int64_t column) {
  return x.data[row * x.row_stride + column * x.column_stride];
}

std::vector<CpuIsa> isas() {
  std::vector<CpuIsa> all;
  for (const CpuIsa isa : {CpuIsa::Baseline, CpuIsa::Avx2, CpuIsa::Avx512}) {
    if (isa <= processor_isa()) all.push_back(isa);
  }
  return all;
}

struct Shape3 {
  std::int64_t m, n, k;
};

struct Layout {
  const char* name;
  bool is_a_transposed, is_b_transposed;
};
constexpr Layout kLayouts[] = {{"nn", false, false}, {"nt", false, true}, {"tn", true, false}, {"tt", true, true}};

struct Extras {
  float alpha = 1.0f;
  bool has_bias = false, accumulate = false;
  std::int64_t gap = 0;
};

// How many elements leave the bound: k + 2 roundings, each of 2^-24 of what was summed up so far.
int count_wrong(const Shape3& s, const Layout& layout, const Extras& extras, CpuIsa isa, bool alone) {
  const Stored a{s.m, s.k, layout.is_a_transposed, extras.gap}, b{s.k, s.n, layout.is_b_transposed, extras.gap};
  const Floats a_data = random_floats(a.floats(), 1), b_data = random_floats(b.floats(), 2);
  const Floats bias = random_floats(s.n, 3);
  const std::int64_t c_stride = s.n + extras.gap;
  const Floats before = random_floats(s.m * c_stride, 4);
  Floats c = before;
  SgemmCall call{s.m, s.n, s.k, a.of(a_data.data()), b.of(b_data.data()), c.data(), c_stride};
  call.alpha = extras.alpha;
  call.bias = extras.has_bias ? bias.data() : nullptr;
  call.accumulate = extras.accumulate;
  Floats scratch(static_cast<std::size_t>(sgemm_scratch_floats(s.n, s.k)));
  alone ? sgemm_alone(call, scratch.data(), isa) : sgemm(call, isa);
  int wrong = 0;
  for (std::int64_t row = 0; row < s.m; ++row) {
    for (std::int64_t column = 0; column < c_stride; ++column) {
      const auto here = static_cast<std::size_t>(row * c_stride + column);
      if (column >= s.n) {
        wrong += c[here] != before[here];
        continue;
      }
      double sum = extras.accumulate ? before[here] : 0, size = std::abs(sum);
      for (std::int64_t i = 0; i < s.k; ++i) {
        const double term = static_cast<double>(at(call.a, row, i)) * at(call.b, i, column);
        sum += term;
        size += std::abs(term);
      }
      sum = extras.alpha * sum + (extras.has_bias ? static_cast<double>(bias[static_cast<std::size_t>(column)]) : 0);
      size = std::abs(extras.alpha) * size + (extras.has_bias ? std::abs(bias[static_cast<std::size_t>(column)]) : 0);
      // The baseline rounds each product too.
      const double roundings = static_cast<double>(s.k + 2) * (isa == CpuIsa::Baseline ? 2 : 1);
      wrong += !(std::abs(c[here] - sum) <= roundings * std::ldexp(size, -24));
    }
  }
  return wrong;
}

// c of the rows first .. first + m - 1 of a, which are copied into an operand of their own as a smaller batch has them.
Floats product_of_rows(const Floats& a, std::int64_t first, const Shape3& s, const Floats& b, const Layout& layout,
                       CpuIsa isa) {
  const Stored own{s.m, s.k, layout.is_a_transposed}, stored_b{s.k, s.n, layout.is_b_transposed};
  Floats rows(static_cast<std::size_t>(s.m * s.k)), c(static_cast<std::size_t>(s.m * s.n));
  for (std::int64_t row = 0; row < s.m; ++row) {
    for (std::int64_t i = 0; i < s.k; ++i)
      rows[static_cast<std::size_t>(own.is_transposed ? i * s.m + row : row * s.k + i)] =
          a[static_cast<std::size_t>((first + row) * s.k + i)];
  }
  sgemm({s.m, s.n, s.k, own.of(rows.data()), stored_b.of(b.data()), c.data(), s.n}, isa);
  return c;
}

// Every number of rows on 1 to 4 threads where the environment asks for it, which takes minutes; else those around the
// sizes of tiles and tasks, each on one number of threads.
bool tries_everything() { return std::getenv("SCORIA_TEST_EVERY_ROW_COUNT") != nullptr; }

std::vector<std::int64_t> row_counts(std::int64_t most) {
  std::vector<std::int64_t> counts{1, 2, 3, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17, 28, 29, 32, 33, 64, 111, 113, 255, 256};
  if (tries_everything()) {
    counts.resize(static_cast<std::size_t>(most));
    std::iota(counts.begin(), counts.end(), 1);
  }
  return counts;
}

}  // namespace

TEST_CASE("sgemm: every size around tiles, panels, slabs and tasks, every layout, beside double arithmetic") {
  for (const CpuIsa isa : isas()) {
    CAPTURE(cpu_isa_name(isa));
    for (const Layout& layout : kLayouts) {
      CAPTURE(layout.name);
      for (const std::int64_t m : {1, 5, 6, 7, 13, 14, 15, 29}) {
        for (const std::int64_t n : {1, 7, 8, 9, 16, 31, 33}) {
          CAPTURE(m);
          CAPTURE(n);
          for (const std::int64_t k : {1, 16, 19}) CHECK(count_wrong({m, n, k}, layout, {}, isa, m % 2 == 0) == 0);
        }
      }
      // More rows of b than a slab, more columns than one; rows 4 KiB apart.
      CHECK(count_wrong({7, 33, 1100}, layout, {}, isa, false) == 0);
      CHECK(count_wrong({3, 4200, 20}, layout, {}, isa, false) == 0);
      CHECK(count_wrong({5, 600, 40}, layout, {}, isa, true) == 0);
      CHECK(count_wrong({114, 257, 1024}, layout, {}, isa, false) == 0);
    }
  }
}

TEST_CASE("sgemm: alpha, bias, a sum to add to, lines further apart; nothing between them is written") {
  for (const CpuIsa isa : isas()) {
    CAPTURE(cpu_isa_name(isa));
    for (const Layout& layout : kLayouts) {
      for (const Shape3& s : {Shape3{7, 33, 20}, Shape3{30, 64, 600}}) {
        for (const bool alone : {false, true}) {
          CHECK(count_wrong(s, layout, {.alpha = 0.125f}, isa, alone) == 0);
          CHECK(count_wrong(s, layout, {.alpha = -3.0f, .has_bias = true, .gap = 5}, isa, alone) == 0);
          CHECK(count_wrong(s, layout, {.accumulate = true, .gap = 3}, isa, alone) == 0);
        }
      }
    }
  }
}

TEST_CASE("sgemm: a row's bits depend on the row alone: not on the number of rows, its place, the threads") {
  constexpr std::int64_t kRows = 300;
  // Products of BERT's layers, and of a head of attention: scores, context.
  constexpr Shape3 kShapes[] = {{kRows, 768, 768}, {kRows, 3072, 768}, {kRows, 768, 3072}, {kRows, 128, 128},
                                {kRows, 512, 128}, {kRows, 128, 512},  {kRows, 2, 128},    {kRows, 128, 64},
                                {kRows, 64, 128},  {kRows, 31, 32},    {kRows, 384, 384},  {kRows, 1536, 384}};
  const int threads_before = host_threads();
  for (const Shape3& s : kShapes) {
    const Floats a = random_floats(s.m * s.k, 5), b = random_floats(s.k * s.n, 6);
    for (const Layout& layout : {kLayouts[0], kLayouts[1], kLayouts[2]}) {
      Floats of_avx2;
      for (const CpuIsa isa : isas()) {
        set_host_threads(1);
        const Floats whole = product_of_rows(a, 0, s, b, layout, isa);
        std::int64_t compared = 0, different = 0;
        for (const std::int64_t m : row_counts(kRows)) {
          const std::int64_t first = m * 7 % (kRows - m + 1);
          for (int threads = 1; threads <= 4; ++threads) {
            if (!tries_everything() && threads != 1 + m % 4) continue;
            set_host_threads(threads);
            const Floats c = product_of_rows(a, first, {m, s.n, s.k}, b, layout, isa);
            compared += m;
            for (std::int64_t row = 0; row < m; ++row) {
              different += std::memcmp(c.data() + row * s.n, whole.data() + (first + row) * s.n,
                                       static_cast<std::size_t>(s.n) * sizeof(float)) != 0;
            }
          }
        }
        INFO(fmt::format("{} x {} {} {}: {} of {} rows differ", s.k, s.n, layout.name, cpu_isa_name(isa), different,
                         compared));
        CHECK(different == 0);
        // The instruction sets with fused multiply-adds agree with each other too.
        if (isa == CpuIsa::Avx2) of_avx2 = whole;
        if (isa == CpuIsa::Avx512) CHECK(of_avx2 == whole);
      }
    }
  }
  set_host_threads(threads_before);
}

}  // namespace scoria
