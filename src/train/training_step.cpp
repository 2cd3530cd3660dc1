#include "train/training_step.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "train/session_values.h"

namespace scoria {
namespace {

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values, std::int64_t first, std::int64_t count) {
  return std::as_bytes(std::span(values).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
}

/// Of each of the passes that a batch is cut into.
BertBatchShape shape_of(const PretrainingBatch& batch, std::int64_t passes) {
  return {batch.batch_size / passes, batch.sequence_length, batch.max_predictions};
}

}  // namespace

TrainingStep::TrainingStep(const Device& device, const BertConfig& config, std::vector<BertBatchShape> shapes,
                           std::int64_t accumulate, const ParameterLayout& layout, const TrainingSettings& settings,
                           std::uint64_t seed)
    : shapes_(std::move(shapes)),
      accumulate_(accumulate),
      seed_(seed),
      passes_(device,
              [=, &layout](const BertBatchShape& shape) {
                return accumulate == 1 ? make_step_graph(config, shape, layout, settings)
                                       : make_pass_graph(config, shape, layout);
              }),
      longest_(passes_.at(shapes_.back())),
      evaluation_(longest_,
                  [=, &layout](const BertBatchShape& shape) { return make_evaluation_graph(config, shape, layout); }) {
  for (auto shape = shapes_.rbegin(); shape != shapes_.rend(); ++shape) plan_text_ += passes_.at(*shape).plan_text();
  if (accumulate > 1) update_.emplace(longest_, make_update_graph(layout, settings));
  session_of("decay_blocks").write("decay_blocks", layout.decay_blocks());
  head_rows_.reserve(static_cast<std::size_t>(shapes_.back().masked() + shapes_.back().batch));
}

void TrainingStep::write_pass(Session& session, const BertBatchShape& shape, const PretrainingBatch& batch,
                              std::int64_t pass, float mlm_denominator, float nsp_denominator) {
  const std::int64_t B = shape.batch, T = shape.tokens(), M = shape.masked();
  const bool next_sentence = session.has("next_sentence_labels");
  head_rows_.clear();
  for (std::int64_t i = 0; i < M; ++i) {
    head_rows_.push_back(static_cast<std::int32_t>(batch.masked_rows[pass * M + i] - pass * T));
  }
  for (std::int64_t b = 0; b < B && next_sentence; ++b) {
    head_rows_.push_back(static_cast<std::int32_t>(b * shape.sequence_length));
  }
  session.write("input_ids", bytes_of(batch.ids, pass * T, T));
  session.write("segments", bytes_of(batch.segments, pass * T, T));
  session.write("lengths", bytes_of(batch.lengths, pass * B, B));
  session.write("head_rows", std::as_bytes(std::span(head_rows_)));
  session.write("masked_labels", bytes_of(batch.masked_labels, pass * M, M));
  if (next_sentence) {
    session.write("next_sentence_labels", bytes_of(batch.next_sentence_labels, pass * B, B));
    write_scalar(session, "nsp_denominator", nsp_denominator);
  }
  write_scalar(session, "mlm_denominator", mlm_denominator);
}

void TrainingStep::run(const PretrainingBatch& batch, std::int64_t step) {
  const BertBatchShape shape = shape_of(batch, accumulate_);
  SCORIA_CHECK(batch.batch_size % accumulate_ == 0 && std::ranges::find(shapes_, shape) != shapes_.end(),
               "a step's batch has another size");
  Session& session = passes_.at(shape);
  // A batch with no masked token divides 0 by 1, not by 0.
  const auto mlm_denominator = static_cast<float>(std::max<std::int64_t>(batch.masked_count, 1));
  const auto nsp_denominator = static_cast<float>(batch.batch_size);
  const bool has_rng = session.has("rng");
  for (std::int64_t pass = 0; pass < accumulate_; ++pass) {
    write_pass(session, shape, batch, pass, mlm_denominator, nsp_denominator);
    const std::array<std::uint32_t, 4> rng{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32),
                                           static_cast<std::uint32_t>(step),
                                           static_cast<std::uint32_t>(pass * shape.tokens())};
    if (has_rng) write_scalar(session, "rng", rng);
    if (update_) write_scalar(session, "keep", std::uint32_t{pass > 0});
    session.step();
  }
  if (update_) update_->step();
}

std::array<double, kStepFields> TrainingStep::record() const {
  std::array<double, kStepFields> fields{};
  if (update_) {
    read_record(longest_, "record_sum", std::span(fields).first(kPassFields));
    read_record(*update_, "update_record", std::span(fields).subspan(kPassFields));
  } else {
    read_record(longest_, "record", fields);
  }
  return fields;
}

std::array<std::uint32_t, 2> TrainingStep::skipped_steps() const {
  std::array<std::uint32_t, 2> counts{};
  session_of("skipped").read("skipped", std::as_writable_bytes(std::span(counts)));
  return counts;
}

void TrainingStep::set_skipped_steps(const std::array<std::uint32_t, 2>& counts) {
  session_of("skipped").write("skipped", std::as_bytes(std::span(counts)));
}

StepStatistics TrainingStep::statistics() {
  StepStatistics statistics = longest_.statistics();
  statistics.steps = 0;
  for (const BertBatchShape& shape : shapes_) statistics.steps += passes_.at(shape).statistics().steps;
  return statistics;
}

std::array<double, kPassFields> TrainingStep::evaluate(const PretrainingBatch& batch) {
  const BertBatchShape shape = shape_of(batch, 1);
  Session& session = evaluation_.at(shape);
  write_pass(session, shape, batch, 0, 1.0f, 1.0f);
  session.step();
  std::array<double, kPassFields> fields{};
  read_record(session, "eval_record", fields);
  return fields;
}

}  // namespace scoria
