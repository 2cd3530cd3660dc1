#pragma once

#include <cstdint>
#include <vector>

#include "scoria/data/pretraining.h"
#include "scoria/model/bert.h"

namespace scoria {

/// Which pass of how many that a batch is cut into; `count` divides the batch's size.
struct Pass {
  std::int64_t number = 0, count = 1;
};

/// The sequences of one pass as its graph wants them: graph inputs of the same names. The lists keep their memory from
/// pass to pass.
struct PassInputs {
  BertBatchShape shape;
  std::vector<std::int32_t> input_ids, segments, head_rows, masked_labels, next_sentence_labels;
  std::vector<std::int32_t> lengths;
  PackedRows packed;                         ///< where packed
  std::vector<std::int32_t> head_draw_rows;  ///< where packed

  /// As the batch is padded.
  void pad(const PretrainingBatch& batch, Pass pass, bool next_sentence);
  /// The same, packed into the least rounded numbers of tokens and predictions that hold it, at most those of `largest`,
  /// a padded shape. Its sequence_length is that of a row to draw dropout by, whatever the batch is padded to.
  void pack(const PretrainingBatch& batch, Pass pass, bool next_sentence, const BertBatchShape& largest);
};

}  // namespace scoria
