#pragma once

#include "graph/op_def.h"

namespace scoria {

/// What scatter_add_rows and scatter_add_rows_into share. Sizes of one call.
struct ScatterSizes {
  std::int64_t rows;       ///< R, rows that are added
  std::int64_t width;      ///< n, elements a row
  std::int64_t row_count;  ///< V, rows of the result
};

/// Host: out[v] = (keep ? out[v] : 0) + the rows x[i] with rows[i] = v, in ascending i.
using ScatterFn = std::function<void(const std::int32_t* rows, const float* x, float* out)>;
ScatterFn make_scatter(const ScatterSizes& sizes, bool keep);

/// Device: two dispatches. The first links each row to the next of the same number, the second lets the first row of
/// each chain walk it; `out` is only written where a row is hit.
void append_scatter_chains(KernelPlan& plan, const ScatterSizes& sizes, Operand rows, Operand x, Operand out, bool keep,
                           const DeviceCaps& caps);

}  // namespace scoria
