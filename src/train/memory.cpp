#include <algorithm>

#include "scoria/train/trainer.h"

namespace scoria {

// Per token and layer the backward pass needs qkv 3H, context H, both LayerNorm inputs and outputs 4H, and the
// feed-forward's input and output of GELU 2F; beside the layers the embeddings' few H and, at the peak, the gradients
// of one layer. The last layer has what comes after attention, and its input H, of the rows that the heads read, where
// they are known. The MLM head holds its logits once (the gradient takes their place) and five H of each masked row.
std::uint64_t estimate_training_bytes(const BertConfig& config, const BertBatchShape& shape, std::int64_t accumulate) {
  const std::int64_t T = shape.tokens(), M = shape.masked(), H = config.hidden_size, F = config.intermediate_size;
  const std::int64_t N = ParameterLayout(bert_parameters(config)).element_count();
  const std::int64_t arenas = accumulate > 1 ? 5 : 4;
  const std::int64_t rows = M > 0 ? std::min(T, M + shape.batch) : T;
  const std::int64_t attended = 4 * H + config.num_attention_heads, after = 4 * H + 2 * F;
  const std::int64_t layers = config.num_hidden_layers;
  const std::int64_t activations = T * (layers * attended + (layers - 1) * after + 2 * H) + rows * (after + H);
  const std::int64_t head = M * (config.vocab_size + 5 * H);
  return 4 * static_cast<std::uint64_t>(arenas * N + activations + head);
}

}  // namespace scoria
