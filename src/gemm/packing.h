#pragma once

#include "gemm/sgemm.h"
#include "gemm/tile.h"

namespace scoria {

/// Copies of operands in the order in which micro-kernels read them. A panel is `width` neighbouring columns of b: a line
/// of `width` floats for each step of k.

/// Panels first .. first + count - 1 of k rows of b from row `row` on; a panel's columns past b's `columns` are 0.
/// `width` is a multiple of 8.
struct PanelRange {
  std::int64_t row, k, columns, width, first, count;
};
void pack_panels(const SgemmOperand& b, const PanelRange& range, float* to);

/// Rows first .. first + height - 1 of k columns of a from `column` on, for an a stored column by column: k lines of
/// `height` floats, at most kMostRows.
void pack_rows(const SgemmOperand& a, std::int64_t first, std::int64_t height, std::int64_t column, std::int64_t k,
               float* to);

}  // namespace scoria
