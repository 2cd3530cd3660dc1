#pragma once

#include <vector>

#include "scoria/model/bert_files.h"
#include "scoria/train/fine_tuner.h"
#include "train/training_graphs.h"

namespace scoria {

/// For each parameter of the layout whether it learns.
std::vector<bool> learning_parameters(const ParameterLayout& layout, bool freeze_embeddings,
                                      std::int64_t freeze_layers);
/// ParameterLayout::decay_blocks, 0 where a parameter does not learn.
Tensor learning_decay_blocks(const ParameterLayout& layout, const std::vector<bool>& learns);

/// What a row of a head's loss learns.
enum class Target {
  Class,  ///< one of the classes, or a place in the text
  Score,  ///< a number: a classifier of one label
  Flags,  ///< whether a label holds, for each label by itself: a classifier whose labels are independent
};
Target target_of(const BertModel& model);

/// Rows that a head's loss looks at: sequences of a classifier, and of independent labels all labels of each; tokens;
/// or twice the sequences (first and last token).
std::int64_t loss_rows(const BertModel& model, const BertBatchShape& shape);

/// The model with dropout and its loss, as FineTuner tells. Inputs beside those of bert_forward: "labels" [R] i32 for a
/// class, else "targets" [R] f32; "weights" [R] f32; "denominator" [1] f32, what the losses' weighted sum is divided by
/// for the whole step. R is loss_rows(). States are those of training_graphs.h.
///
/// One step in one pass: "record" holds loss, norm of the gradients and learning rate.
Graph make_fine_tuning_step_graph(const BertModel& model, const BertBatchShape& shape, const std::vector<bool>& learns,
                                  const TrainingSettings& settings);
/// One of several passes, whose gradients and "pass_record" (the loss) are added up as in make_pass_graph; the update
/// is make_update_graph's.
Graph make_fine_tuning_pass_graph(const BertModel& model, const BertBatchShape& shape, const std::vector<bool>& learns);

}  // namespace scoria
