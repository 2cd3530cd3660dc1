#include "train/training_step.h"

#include <algorithm>

#include "base/check.h"

namespace scoria {
namespace {

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values, std::int64_t first, std::int64_t count) {
  return std::as_bytes(std::span(values).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
}

template <typename T>
void write_scalar(Session& session, std::string_view name, const T& value) {
  session.write(name, std::as_bytes(std::span(&value, 1)));
}

template <std::size_t n>
void read_record(const Session& session, std::string_view name, std::array<double, n>& fields, std::size_t first,
                 std::size_t count) {
  std::array<float, kStepFields * kRecordStride> values;
  const std::span<float> used(values.data(), count * kRecordStride);
  session.read(name, std::as_writable_bytes(used));
  for (std::size_t i = 0; i < count; ++i) fields[first + i] = used[i * kRecordStride];
}

}  // namespace

TrainingStep::TrainingStep(const Device& device, const BertConfig& config, const BertBatchShape& shape,
                           std::int64_t accumulate, const ParameterLayout& layout, const TrainingSettings& settings,
                           std::uint64_t seed)
    : shape_(shape),
      accumulate_(accumulate),
      seed_(seed),
      passes_(device, accumulate == 1 ? make_step_graph(config, shape, layout, settings)
                                      : make_pass_graph(config, shape, layout)),
      make_evaluation_([config, shape, &layout] { return make_evaluation_graph(config, shape, layout); }),
      head_rows_(shape.masked()) {
  if (accumulate > 1) update_.emplace(passes_, make_update_graph(layout, settings));
  session_of("decay_blocks").write("decay_blocks", layout.decay_blocks());
  for (std::int64_t b = 0; b < shape.batch && passes_.has("next_sentence_labels"); ++b) {
    head_rows_.push_back(static_cast<std::int32_t>(b * shape.sequence_length));
  }
}

void TrainingStep::write_pass(Session& session, const PretrainingBatch& batch, std::int64_t pass, float mlm_denominator,
                              float nsp_denominator) {
  const std::int64_t B = shape_.batch, T = shape_.tokens(), M = shape_.masked();
  const std::int64_t first_row = pass * T;
  for (std::int64_t i = 0; i < M; ++i) {
    head_rows_[i] = static_cast<std::int32_t>(batch.masked_rows[pass * M + i] - first_row);
  }
  session.write("input_ids", bytes_of(batch.ids, pass * T, T));
  session.write("segments", bytes_of(batch.segments, pass * T, T));
  session.write("lengths", bytes_of(batch.lengths, pass * B, B));
  session.write("head_rows", std::as_bytes(std::span(head_rows_)));
  session.write("masked_labels", bytes_of(batch.masked_labels, pass * M, M));
  if (session.has("next_sentence_labels")) {
    session.write("next_sentence_labels", bytes_of(batch.next_sentence_labels, pass * B, B));
    write_scalar(session, "nsp_denominator", nsp_denominator);
  }
  write_scalar(session, "mlm_denominator", mlm_denominator);
}

void TrainingStep::run(const PretrainingBatch& batch, std::int64_t step) {
  SCORIA_CHECK(batch.batch_size == shape_.batch * accumulate_, "a step's batch has another size");
  // A batch with no masked token divides 0 by 1, not by 0.
  const auto mlm_denominator = static_cast<float>(std::max<std::int64_t>(batch.masked_count, 1));
  const auto nsp_denominator = static_cast<float>(batch.batch_size);
  const bool has_rng = passes_.has("rng");
  for (std::int64_t pass = 0; pass < accumulate_; ++pass) {
    write_pass(passes_, batch, pass, mlm_denominator, nsp_denominator);
    const std::array<std::uint32_t, 4> rng{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32),
                                           static_cast<std::uint32_t>(step),
                                           static_cast<std::uint32_t>(pass * shape_.tokens())};
    if (has_rng) write_scalar(passes_, "rng", rng);
    if (update_) write_scalar(passes_, "keep", std::uint32_t{pass > 0});
    passes_.step();
  }
  if (update_) update_->step();
}

std::array<double, kStepFields> TrainingStep::record() const {
  std::array<double, kStepFields> fields{};
  if (update_) {
    read_record(passes_, "record_sum", fields, 0, kPassFields);
    read_record(*update_, "update_record", fields, kPassFields, kStepFields - kPassFields);
  } else {
    read_record(passes_, "record", fields, 0, kStepFields);
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

std::array<double, kPassFields> TrainingStep::evaluate(const PretrainingBatch& batch) {
  SCORIA_CHECK(batch.batch_size == shape_.batch, "an evaluation's batch has another size");
  if (!evaluation_) evaluation_.emplace(passes_, make_evaluation_());
  write_pass(*evaluation_, batch, 0, 1.0f, 1.0f);
  evaluation_->step();
  std::array<double, kPassFields> fields{};
  read_record(*evaluation_, "eval_record", fields, 0, kPassFields);
  return fields;
}

}  // namespace scoria
