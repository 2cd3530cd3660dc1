#pragma once

#include "gemm/sgemm.h"
#include "gemm/tile.h"

namespace scoria {

/// Copies of operands in the order in which micro-kernels read them. A panel is `width` neighbouring columns of b: a
/// line of `width` floats for each step of k.

/// Rows row .. row + k - 1 of panels first .. first + count - 1 of b; a panel's columns past b's `columns` are 0. `to`
/// is where the first of them goes; the panels of a slab lie `stride` floats apart. `width` is a multiple of 8.
struct PanelRange {
  std::int64_t row, k, columns, width, first, count, stride;
};
void pack_panels(const SgemmOperand& b, const PanelRange& range, float* to);

/// Rows first .. first + height - 1 of k columns of a from `column` on, for an a stored column by column: k lines of
/// `height` floats, at most kMostRows.
void pack_rows(const SgemmOperand& a, std::int64_t first, std::int64_t height, std::int64_t column, std::int64_t k,
               float* to);

}  // namespace scoria
