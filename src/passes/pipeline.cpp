#include "passes/pipeline.h"

#include "passes/fuse_dropout_add_layer_norm.h"
#include "passes/fuse_scatter_add.h"
#include "passes/merge_equal_nodes.h"
#include "passes/remove_dead_nodes.h"

namespace scoria {

Graph run_passes(Graph graph) {
  remove_dead_nodes(graph);  // first: a dead user keeps a fusion from happening
  merge_equal_nodes(graph);
  fuse_dropout_add_layer_norm(graph);
  fuse_scatter_add(graph);
  return graph;
}

}  // namespace scoria
