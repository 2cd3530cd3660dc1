#include "passes/pipeline.h"

#include "passes/merge_equal_nodes.h"
#include "passes/remove_dead_nodes.h"

namespace scoria {

Graph run_passes(Graph graph) {
  remove_dead_nodes(graph);
  merge_equal_nodes(graph);
  return graph;
}

}  // namespace scoria
