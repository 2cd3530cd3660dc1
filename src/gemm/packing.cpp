#include "gemm/packing.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/target_clones.h"

namespace scoria {
namespace {

// Panels filled side by side: a row is then read in long runs, and the pages written stay within the first TLB.
constexpr std::int64_t kPanelsAtOnce = 16;
// Steps of k transposed at once: a cache line of each column is read whole.
constexpr std::int64_t kLine = 16;
// Elements of a column, and lines, that are fetched ahead.
constexpr std::int64_t kAhead = 2 * kLine, kLinesAhead = 16;

// Constant sizes become a few vector moves, where a call of memcpy costs more than it copies.
template <std::int64_t kWidth>
SCORIA_INLINE void copy_panels(const float* from, std::int64_t from_stride, std::int64_t k, std::int64_t count,
                               float* to, std::int64_t to_stride) {
  for (std::int64_t i = 0; i < k; ++i) {
    for (std::int64_t panel = 0; panel < count; ++panel)
      __builtin_memcpy(to + panel * to_stride + i * kWidth, from + i * from_stride + panel * kWidth,
                       kWidth * sizeof(float));
  }
}

SCORIA_TARGET_CLONES(void, copy_whole_panels,
                     (const float* from, std::int64_t from_stride, std::int64_t k, std::int64_t count,
                      std::int64_t width, float* to, std::int64_t to_stride)) {
  for (std::int64_t panel = 0; panel < count; panel += kPanelsAtOnce) {
    const std::int64_t group = std::min(kPanelsAtOnce, count - panel);
    const float* group_from = from + panel * width;
    float* group_to = to + panel * to_stride;
    if (width == 32) copy_panels<32>(group_from, from_stride, k, group, group_to, to_stride);
    if (width == 16) copy_panels<16>(group_from, from_stride, k, group, group_to, to_stride);
    if (width == 8) copy_panels<8>(group_from, from_stride, k, group, group_to, to_stride);
  }
}

typedef float Four __attribute__((vector_size(16)));

SCORIA_INLINE Four load(const float* x) {
  Four v;
  __builtin_memcpy(&v, x, sizeof v);
  return v;
}

SCORIA_INLINE void store(float* x, Four v) { __builtin_memcpy(x, &v, sizeof v); }

// to[k][j] = from[j][k] for 4 x 4 elements.
SCORIA_INLINE void transpose_4x4(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride) {
  const Four a = load(from), b = load(from + from_stride);
  const Four c = load(from + 2 * from_stride), d = load(from + 3 * from_stride);
  const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(to, __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5));
  store(to + to_stride, __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7));
  store(to + 2 * to_stride, __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5));
  store(to + 3 * to_stride, __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7));
}

// A panel of a b stored column by column.
SCORIA_TARGET_CLONES(void, transpose_panel,
                     (const float* from, std::int64_t from_stride, std::int64_t k, std::int64_t columns,
                      std::int64_t width, float* to)) {
  const std::int64_t fours = columns / 4 * 4, lines = k / kLine * kLine;
  for (std::int64_t line = 0; line < lines; line += kLine) {
    for (std::int64_t j = 0; j < fours; j += 4) {
      // Columns lie pages apart, where the processor does not look ahead.
      for (std::int64_t column = j; column < j + 4; ++column)
        __builtin_prefetch(from + column * from_stride + line + kAhead);
      for (std::int64_t i = line; i < line + kLine; i += 4)
        transpose_4x4(from + j * from_stride + i, from_stride, to + i * width + j, width);
    }
  }
  const auto one_by_one = [&](std::int64_t first_column, std::int64_t first_step) __attribute__((always_inline)) {
    for (std::int64_t i = first_step; i < k; ++i) {
      for (std::int64_t j = first_column; j < columns; ++j) to[i * width + j] = from[j * from_stride + i];
    }
  };
  one_by_one(0, lines);
  one_by_one(fours, 0);
}

template <int kHeight>
void pack_lines(const float* from, std::int64_t from_stride, std::int64_t k, float* to) {
  for (std::int64_t i = 0; i < k; ++i) {
    __builtin_prefetch(from + (i + kLinesAhead) * from_stride + kHeight - 1);
    __builtin_memcpy(to + i * kHeight, from + i * from_stride, kHeight * sizeof(float));
  }
}

using PackLines = void (*)(const float* from, std::int64_t from_stride, std::int64_t k, float* to);

template <int... kIndex>
constexpr std::array<PackLines, sizeof...(kIndex)> lines_of_height(std::integer_sequence<int, kIndex...>) {
  return {pack_lines<kIndex + 1>...};
}

// The last panel, where b has fewer columns left than the panel.
void copy_narrow_panel(const float* from, std::int64_t from_stride, std::int64_t k, std::int64_t columns,
                       std::int64_t width, float* to) {
  for (std::int64_t i = 0; i < k; ++i) std::copy_n(from + i * from_stride, columns, to + i * width);
}

}  // namespace

void pack_panels(const SgemmOperand& b, const PanelRange& range, float* to) {
  const std::int64_t k = range.k, width = range.width, end = range.first + range.count;
  const auto start = [&](std::int64_t panel) {
    return b.data + range.row * b.row_stride + panel * width * b.column_stride;
  };
  const bool is_transposed = b.column_stride != 1;
  const std::int64_t whole = std::min(end, range.columns / width);
  if (!is_transposed && whole > range.first)
    copy_whole_panels(start(range.first), b.row_stride, k, whole - range.first, width, to, range.stride);
  for (std::int64_t panel = is_transposed ? range.first : std::max(range.first, whole); panel < end; ++panel) {
    float* panel_to = to + (panel - range.first) * range.stride;
    const std::int64_t columns = std::min(width, range.columns - panel * width);
    if (columns < width) std::fill_n(panel_to, k * width, 0.0f);
    if (is_transposed)
      transpose_panel(start(panel), b.column_stride, k, columns, width, panel_to);
    else
      copy_narrow_panel(start(panel), b.row_stride, k, columns, width, panel_to);
  }
}

void pack_rows(const SgemmOperand& a, std::int64_t first, std::int64_t height, std::int64_t column, std::int64_t k,
               float* to) {
  constexpr auto kPackLines = lines_of_height(std::make_integer_sequence<int, kMostRows>());
  kPackLines[static_cast<std::size_t>(height - 1)](a.data + first + column * a.column_stride, a.column_stride, k, to);
}

}  // namespace scoria
