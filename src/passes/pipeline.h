#pragma once

#include "scoria/graph.h"

namespace scoria {

/// The graph with every pass applied, in the one order that serves: dead nodes out, equal nodes merged, then the
/// fusions, then what those left behind out. Computes the same outputs and states; inputs, states and outputs keep
/// their names and order. Running it again changes nothing.
Graph run_passes(Graph graph);

}  // namespace scoria
