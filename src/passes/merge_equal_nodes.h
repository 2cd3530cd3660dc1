#pragma once

#include "scoria/graph.h"

namespace scoria {

/// Merges nodes that compute the same thing: one op, the same inputs, the same attributes.
///
///     %1 = view %0 {offset: 4} : f32 [2]           %1 = view %0 {offset: 4} : f32 [2]
///     %2 = view %0 {offset: 4} : f32 [2]           %2 = add %1, %1 : f32 [2]
///     %3 = add %1, %2 : f32 [2]           becomes
///
/// Ops that update a value in place, and values that are updated in place, stay as they are. Ops have no hidden
/// inputs (a dropout's mask follows from its rng and site), so equal nodes have equal values. Returns the number
/// merged.
int merge_equal_nodes(Graph& graph);

}  // namespace scoria
