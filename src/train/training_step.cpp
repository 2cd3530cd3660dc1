#include "train/training_step.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "train/session_values.h"

namespace scoria {
namespace {

void write_where_wanted(Session& session, std::string_view name, const std::vector<std::int32_t>& values) {
  if (session.has(name)) session.write(name, std::as_bytes(std::span(values)));
}

}  // namespace

TrainingStep::TrainingStep(const Device& device, const BertConfig& config, std::vector<BertBatchShape> shapes,
                           bool packed, std::int64_t accumulate, const ParameterLayout& layout, const TrainingSettings& settings,
                           std::uint64_t seed)
    : shapes_(std::move(shapes)),
      packed_(packed),
      accumulate_(accumulate),
      seed_(seed),
      passes_(device,
              [=, &layout](const BertBatchShape& shape) {
                return accumulate == 1 ? make_step_graph(config, shape, layout, settings)
                                       : make_pass_graph(config, shape, layout);
              }),
      longest_(passes_.at(largest())),
      evaluation_(longest_,
                  [=, &layout](const BertBatchShape& shape) { return make_evaluation_graph(config, shape, layout); }) {
  if (packed) {
    plan_text_ = longest_.plan_text();
  } else {
    for (auto shape = shapes_.rbegin(); shape != shapes_.rend(); ++shape) plan_text_ += passes_.at(*shape).plan_text();
  }
  if (accumulate > 1) update_.emplace(longest_, make_update_graph(layout, settings));
  session_of("decay_blocks").write("decay_blocks", layout.decay_blocks());
}

BertBatchShape TrainingStep::largest() const {
  BertBatchShape shape = shapes_.back();
  if (packed_) shape.packed_tokens = shape.tokens();
  return shape;
}

void TrainingStep::lay_out(const PretrainingBatch& batch, Pass pass) {
  const bool next_sentence = longest_.has("next_sentence_labels");
  if (packed_) {
    inputs_.pack(batch, pass, next_sentence, shapes_.back());
  } else {
    inputs_.pad(batch, pass, next_sentence);
  }
}

void TrainingStep::write_inputs(Session& session, float mlm_denominator, float nsp_denominator) const {
  session.write("input_ids", std::as_bytes(std::span(inputs_.input_ids)));
  session.write("segments", std::as_bytes(std::span(inputs_.segments)));
  session.write("head_rows", std::as_bytes(std::span(inputs_.head_rows)));
  session.write("masked_labels", std::as_bytes(std::span(inputs_.masked_labels)));
  write_where_wanted(session, "lengths", inputs_.lengths);
  write_where_wanted(session, "starts", inputs_.packed.starts);
  write_where_wanted(session, "positions", inputs_.packed.positions);
  write_where_wanted(session, "draw_rows", inputs_.packed.draw_rows);
  write_where_wanted(session, "head_draw_rows", inputs_.head_draw_rows);
  write_where_wanted(session, "next_sentence_labels", inputs_.next_sentence_labels);
  if (session.has("nsp_denominator")) write_scalar(session, "nsp_denominator", nsp_denominator);
  write_scalar(session, "mlm_denominator", mlm_denominator);
}

void TrainingStep::run(const PretrainingBatch& batch, std::int64_t step) {
  SCORIA_CHECK(batch.batch_size == shapes_.back().batch * accumulate_, "a step's batch has another size");
  // A batch with no masked token divides 0 by 1, not by 0.
  const auto mlm_denominator = static_cast<float>(std::max<std::int64_t>(batch.masked_count, 1));
  const auto nsp_denominator = static_cast<float>(batch.batch_size);
  for (std::int64_t pass = 0; pass < accumulate_; ++pass) {
    lay_out(batch, {pass, accumulate_});
    Session& session = passes_.at(inputs_.shape);
    write_inputs(session, mlm_denominator, nsp_denominator);
    const std::int64_t first_row = pass * inputs_.shape.batch * inputs_.shape.sequence_length;
    const std::array<std::uint32_t, 4> rng{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32),
                                           static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(first_row)};
    if (session.has("rng")) write_scalar(session, "rng", rng);
    if (update_) write_scalar(session, "keep", std::uint32_t{pass > 0});
    session.step();
    passes_done_ += 1;
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
  statistics.steps = static_cast<decltype(statistics.steps)>(passes_done_);
  return statistics;
}

std::array<double, kPassFields> TrainingStep::evaluate(const PretrainingBatch& batch) {
  lay_out(batch, {});
  Session& session = evaluation_.at(inputs_.shape);
  write_inputs(session, 1.0f, 1.0f);
  session.step();
  std::array<double, kPassFields> fields{};
  read_record(session, "eval_record", fields);
  return fields;
}

}  // namespace scoria
