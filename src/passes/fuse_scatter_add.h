#pragma once

#include "scoria/graph.h"

namespace scoria {

/// Lets scattered rows be added right into the other operand of an add, where nobody else needs either of the two.
///
///     %5 = scatter_add_rows %3, %4 {row_count: 30522}          %5 = scatter_add_rows_into %2, %3, %4
///     %6 = add %2, %5                                 becomes
///
/// The two gradients of a tied embedding meet this way: [V, H] is written once instead of three times and no second
/// [V, H] is kept. The other operand must be computed by a node: an input or a state keeps its value. Returns the
/// number of folds.
int fuse_scatter_add(Graph& graph);

}  // namespace scoria
