#include "train/pass_inputs.h"

#include <algorithm>

#include "tasks/text_batches.h"

namespace scoria {
namespace {

using Integers = std::vector<std::int32_t>;

// values[first], ... to the end of `to`.
void append(Integers& to, const Integers& values, std::int64_t first, std::int64_t count) {
  to.insert(to.end(), values.begin() + first, values.begin() + first + count);
}

// Predictions follow tokens, so that the tokens alone mostly decide the shape; one more of each sequence is for rounding.
std::int64_t predictions_for(std::int64_t tokens, std::int64_t masked, const BertBatchShape& largest) {
  const std::int64_t share = (tokens * largest.predictions + largest.tokens() - 1) / largest.tokens() + 1;
  return share * largest.batch >= masked ? std::min(share, largest.predictions) : largest.predictions;
}

void clear(PassInputs& inputs) {
  for (Integers* list : {&inputs.input_ids, &inputs.segments, &inputs.head_rows, &inputs.masked_labels,
                         &inputs.next_sentence_labels, &inputs.lengths, &inputs.head_draw_rows})
    list->clear();
}

}  // namespace

void PassInputs::pad(const PretrainingBatch& batch, Pass pass, bool next_sentence) {
  clear(*this);
  shape = {batch.batch_size / pass.count, batch.sequence_length, batch.max_predictions};
  const std::int64_t B = shape.batch, T = shape.tokens(), M = shape.masked();
  append(input_ids, batch.ids, pass.number * T, T);
  append(segments, batch.segments, pass.number * T, T);
  append(lengths, batch.lengths, pass.number * B, B);
  append(head_rows, batch.masked_rows, pass.number * M, M);
  for (std::int32_t& row : head_rows) row -= static_cast<std::int32_t>(pass.number * T);
  append(masked_labels, batch.masked_labels, pass.number * M, M);
  if (!next_sentence) return;
  for (std::int64_t b = 0; b < B; ++b) head_rows.push_back(static_cast<std::int32_t>(b * shape.sequence_length));
  append(next_sentence_labels, batch.next_sentence_labels, pass.number * B, B);
}

void PassInputs::pack(const PretrainingBatch& batch, Pass pass, bool next_sentence, const BertBatchShape& largest) {
  clear(*this);
  const std::int64_t B = largest.batch, S = batch.sequence_length, P = batch.max_predictions;
  const std::int64_t first = pass.number * B;  // sequence of the batch
  append(lengths, batch.lengths, first, B);
  for (std::int64_t b = 0; b < B; ++b) {
    append(input_ids, batch.ids, (first + b) * S, lengths[b]);
    append(segments, batch.segments, (first + b) * S, lengths[b]);
    for (std::int64_t m = (first + b) * P; m < (first + b + 1) * P; ++m)
      if (batch.masked_labels[m] != -1) masked_labels.push_back(batch.masked_labels[m]);
  }
  const auto tokens = static_cast<std::int64_t>(input_ids.size());
  shape = largest;
  shape.packed_tokens = std::min(rounded_tokens(tokens), largest.tokens());
  shape.predictions = predictions_for(shape.tokens(), static_cast<std::int64_t>(masked_labels.size()), largest);
  packed.lay_out(shape, lengths);
  input_ids.resize(static_cast<std::size_t>(shape.tokens()), 0);
  segments.resize(static_cast<std::size_t>(shape.tokens()), 0);
  masked_labels.resize(static_cast<std::size_t>(shape.masked()), -1);

  for (std::int64_t b = 0; b < B; ++b) {
    for (std::int64_t m = (first + b) * P; m < (first + b + 1) * P; ++m) {
      const auto position = static_cast<std::int32_t>(batch.masked_rows[m] - (first + b) * S);
      if (batch.masked_labels[m] != -1) head_rows.push_back(packed.starts[b] + position);
    }
  }
  head_rows.resize(static_cast<std::size_t>(shape.masked()), 0);
  if (next_sentence) {
    append(head_rows, packed.starts, 0, B);
    append(next_sentence_labels, batch.next_sentence_labels, first, B);
  }
  for (const std::int32_t row : head_rows) head_draw_rows.push_back(packed.draw_rows[row]);
}

}  // namespace scoria
