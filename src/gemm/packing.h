#pragma once

#include "gemm/sgemm.h"

namespace scoria {

/// Copies of operands in the order in which micro-kernels read them. A panel is `width` neighbouring columns of b: a line
/// of `width` floats for each step of k.

/// Panels first .. first + count - 1 of k rows of b from row `row` on; a panel's columns past b's `columns` are 0.
/// `width` is a multiple of 8.
struct PanelRange {
  std::int64_t row, k, columns, width, first, count;
};
void pack_panels(const SgemmOperand& b, const PanelRange& range, float* to);

}  // namespace scoria
