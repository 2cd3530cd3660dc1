#include "passes/pipeline.h"

#include <doctest/doctest.h>

#include "graph/node.h"
#include "plan/make_program.h"
#include "train/training_graphs.h"

namespace scoria {
namespace {

int count(const Graph& graph, std::string_view op) {
  int n = 0;
  for (const Node& node : graph.data().nodes) n += node.op->name == op ? 1 : 0;
  return n;
}

BertConfig small_config(std::int64_t layers) {
  BertConfig config;
  config.vocab_size = 1000;
  config.hidden_size = 64;
  config.num_hidden_layers = layers;
  config.num_attention_heads = 2;
  config.intermediate_size = 256;
  config.max_position_embeddings = 32;
  return config;
}

}  // namespace

TEST_CASE("the passes on BERT's training step") {
  constexpr int kLayers = 3;
  const BertConfig config = small_config(kLayers);
  const BertBatchShape shape{.batch = 2, .sequence_length = 32};
  const Graph graph = make_step_graph(config, shape, ParameterLayout(bert_parameters(config)), {});
  const Graph optimized = run_passes(graph);
  optimized.verify();
  CHECK(count(optimized, "dropout_add_layer_norm") == 2 * kLayers);
  CHECK(count(optimized, "layer_norm") == 2);  // of the embeddings and of the masked positions' head
  // Into the word table, which is the decoder too; and into the last layer's input, of whose rows the heads read some.
  CHECK(count(optimized, "scatter_add_rows_into") == 2);
  CHECK(run_passes(optimized).to_string() == optimized.to_string());

  const Program program = make_program(optimized, {});
  for (const PlacedNode& node : program.nodes) {
    if (node.op->name != "pack" || node.outputs[0].bytes < 1 << 16) continue;
    std::size_t placed = 0;
    for (std::size_t i = 1; i < node.inputs.size(); ++i) placed += node.inputs[i].space == Space::State ? 1 : 0;
    CHECK(placed == node.inputs.size() - 1);  // every gradient is computed where the optimizer reads it
    MESSAGE(placed << " of " << node.inputs.size() - 1 << " gradients are computed in place");
  }
}

}  // namespace scoria
