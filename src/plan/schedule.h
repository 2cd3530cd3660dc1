#pragma once

#include <vector>

#include "graph/node.h"

namespace scoria {

/// The nodes that compute something an output or a kept value needs, in the order they run: the graph's own order,
/// but whoever reads a value that is updated in place runs before the update.
///
///     %1 = increment %0                %2 = learning_rate %0
///     %2 = learning_rate %0   becomes  %1 = increment %0
///
/// Throws Error (Usage) if that is impossible: the update is needed by a reader of the old value, a value is
/// updated twice or read by its own update, an output is a value from before its update, or a graph input is updated.
std::vector<NodeId> schedule(const GraphData& graph);

}  // namespace scoria
