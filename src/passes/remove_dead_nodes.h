#pragma once

#include "scoria/graph.h"

namespace scoria {

/// Takes out the nodes that no output and no kept value needs. Inputs and states stay: they are the graph's interface.
///
///     %0 = input "x" : f32 [4]               %0 = input "x" : f32 [4]
///     %1 = gelu %0 : f32 [4]                 %1 = tanh %0 : f32 [4]
///     %2 = tanh %0 : f32 [4]       becomes   output "y" = %1
///     output "y" = %2
///
/// Returns the number of nodes taken out.
int remove_dead_nodes(Graph& graph);

}  // namespace scoria
