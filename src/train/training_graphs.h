#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scoria/graph.h"
#include "scoria/model/bert.h"
#include "scoria/ops.h"

namespace scoria {

/// What a training graph computes beside the model.
struct TrainingSettings {
  LearningRateOptions learning_rate;
  AdamwOptions optimizer;
  float clip_norm = 1.0f;
};

/// What a step says of itself. Graphs pack the fields into a state, each at kRecordStride times its number (a whole
/// block apart, so that every device may write a field straight into place), and the host reads all of them at once.
enum class RecordField { Loss, MlmLoss, NspLoss, MlmCorrect, NspCorrect, GradNorm, LearningRate };
constexpr std::int64_t kRecordStride = 64;
constexpr std::int64_t kPassFields = 5;  ///< Loss ... NspCorrect, which add up over the passes of a step
constexpr std::int64_t kStepFields = 7;

/// States of the training graphs, shared by name: "parameters", "gradients", "adam_m", "adam_v" [N] f32; "step" [1]
/// u32, the steps done; "skipped" [2] u32, the steps whose gradients were not finite, so that they changed nothing but
/// "step": how many, and how many of them the last ones in a row; "decay_blocks" [N / 64] u32. The records: "record" of
/// a whole step; with several passes "pass_record" [kPassFields] and "update_record" [2], the last two fields.

/// So many steps in a row without finite gradients end a run. A batch that overflows is one step; weights that overflow
/// do so with every batch.
constexpr std::int64_t kMostSkipped = 20;

struct Update {
  Value grad_norm, rate;
};
/// Clips, runs AdamW, counts the step and whether it was skipped.
Update add_update(Graph& graph, const ParameterArena& arena, Value gradients, const TrainingSettings& settings);

/// Packs fields of one element each into a state as above.
Value pack_record(Graph& graph, const std::string& state_name, const std::vector<Value>& fields);

/// One step in one pass: forward, backward, clip, update, count.
Graph make_step_graph(const BertConfig& config, const BertBatchShape& shape, const ParameterLayout& layout,
                      const TrainingSettings& settings);

/// One of the passes of a step: gradients and record are added to "gradient_sum" and "record_sum", which start anew
/// where the input "keep" [1] u32 is 0.
Graph make_pass_graph(const BertConfig& config, const BertBatchShape& shape, const ParameterLayout& layout);
/// The update after the last pass.
Graph make_update_graph(const ParameterLayout& layout, const TrainingSettings& settings);

/// The model without dropout, for held-out data; record in "eval_record".
Graph make_evaluation_graph(const BertConfig& config, const BertBatchShape& shape, const ParameterLayout& layout);

}  // namespace scoria
