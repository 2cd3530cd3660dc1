#include "train/fine_tuning_step.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "tasks/text_batches.h"
#include "train/session_values.h"

namespace scoria {
namespace {

constexpr std::int32_t kNoLabel = -1;

// Padding reaches the loss of answers, whose softmax runs over all places of a batch, and as in transformers [PAD] must
// not learn from it: an id outside the table reads row 0, and is left out of the gradient.
std::int32_t padding_id(const BertConfig& config) {
  return config.pad_token_id == 0 ? -1 : static_cast<std::int32_t>(config.pad_token_id);
}

template <typename T>
void write_values(Session& session, std::string_view name, const std::vector<T>& values) {
  session.write(name, std::as_bytes(std::span(values)));
}

std::vector<std::int32_t> all_of(const std::vector<TaskExample>& examples) {
  std::vector<std::int32_t> all(examples.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

// The `count` longest.
std::vector<std::int32_t> longest_of(const std::vector<TaskExample>& examples, std::int64_t count) {
  std::vector<std::int32_t> chosen = all_of(examples);
  std::ranges::stable_sort(chosen, [&](std::int32_t a, std::int32_t b) {
    return examples[a].ids.size() > examples[b].ids.size();
  });
  chosen.resize(std::min(chosen.size(), static_cast<std::size_t>(count)));
  return chosen;
}

BertModel without_weights(const BertModel& model) { return {model.config, model.head, model.layout, Tensor()}; }

}  // namespace

FineTuningStep::FineTuningStep(const Device& device, const BertModel& model, const std::vector<TaskExample>& examples,
                               const FineTunerOptions& options, const TrainingSettings& settings)
    : shape_of_model_(without_weights(model)),
      target_(target_of(model)),
      examples_(examples),
      options_(options),
      learns_(learning_parameters(model.layout, options.freeze_embeddings, options.freeze_layers)),
      longest_example_(padded_length(all_of(examples))),
      passes_(device, [this, settings](const BertBatchShape& shape) {
        return options_.accumulate == 1 ? make_fine_tuning_step_graph(shape_of_model_, shape, learns_, settings)
                                        : make_fine_tuning_pass_graph(shape_of_model_, shape, learns_);
      }) {
  longest_ = &passes_.at(shape_of(longest_of(examples, options.batch)));
  if (options.accumulate > 1) update_.emplace(*longest_, make_update_graph(model.layout, settings));
  Session& updating = update_ ? *update_ : *longest_;
  updating.write("decay_blocks", learning_decay_blocks(model.layout, learns_));
  longest_->write("parameters", model.weights);
}

std::int64_t FineTuningStep::padded_length(std::span<const std::int32_t> chosen) const {
  std::int64_t longest = 1;
  for (const std::int32_t i : chosen) longest = std::max<std::int64_t>(longest, examples_[i].ids.size());
  const std::int64_t multiple = options_.length_multiple;
  return std::min((longest + multiple - 1) / multiple * multiple, shape_of_model_.config.max_position_embeddings);
}

// Packed, a few sizes serve all batches: those of examples in any order are of about as many tokens.
BertBatchShape FineTuningStep::shape_of(std::span<const std::int32_t> chosen) const {
  if (!packs()) return {options_.batch, padded_length(chosen), 0};
  std::int64_t tokens = 0;
  for (const std::int32_t i : chosen) tokens += static_cast<std::int64_t>(examples_[i].ids.size());
  return {options_.batch, longest_example_, 0, rounded_tokens(tokens)};
}

// Class weights are of a classifier's labels; a place in the text has none.
double FineTuningStep::weight(std::int32_t label) const {
  if (label < 0) return 0;
  const bool is_class = !options_.class_weights.empty() && shape_of_model_.head != BertHead::QuestionAnswering;
  return is_class ? options_.class_weights[label] : 1.0;
}

// As BCEWithLogitsLoss(pos_weight): it weighs what holds, and the mean stays one over all labels of all texts.
float FineTuningStep::flag_weight(std::size_t label, std::int32_t flag) const {
  return flag == 1 && !options_.class_weights.empty() ? options_.class_weights[label] : 1.0f;
}

double FineTuningStep::total_weight(std::span<const std::int32_t> chosen) const {
  if (target_ != Target::Class) {
    const std::int64_t rows = target_ == Target::Flags ? shape_of_model_.config.label_count() : 1;
    return static_cast<double>(chosen.size()) * static_cast<double>(rows);
  }
  double total = 0;
  for (const std::int32_t i : chosen) {
    for (const std::int32_t label : examples_[i].labels) total += weight(label);
  }
  return total > 0 ? total : 1;
}

void FineTuningStep::add_example(const TaskExample& example, std::int64_t row) {
  const std::int64_t first_token = batch_.first_rows[row];
  std::copy(example.ids.begin(), example.ids.end(), batch_.ids.begin() + first_token);
  std::copy(example.segments.begin(), example.segments.end(), batch_.segments.begin() + first_token);
  if (target_ != Target::Class) return add_target(example, row);
  const bool is_answer = shape_of_model_.head == BertHead::QuestionAnswering;
  const bool is_tags = shape_of_model_.head == BertHead::TokenClassification;
  const std::int64_t first = is_tags ? first_token : row, apart = is_answer ? batch_.shape.batch : 1;
  for (std::size_t i = 0; i < example.labels.size(); ++i) {
    const std::int64_t place = first + static_cast<std::int64_t>(i) * apart;
    batch_.labels[place] = example.labels[i];
    batch_.weights[place] = static_cast<float>(weight(example.labels[i]));
  }
}

void FineTuningStep::add_target(const TaskExample& example, std::int64_t row) {
  if (target_ == Target::Score) {
    batch_.targets[row] = example.score;
    batch_.weights[row] = 1;
    return;
  }
  const std::int64_t first = row * shape_of_model_.config.label_count();
  for (std::size_t i = 0; i < example.labels.size(); ++i) {
    const std::int64_t place = first + static_cast<std::int64_t>(i);
    batch_.targets[place] = static_cast<float>(example.labels[i]);
    batch_.weights[place] = flag_weight(i, example.labels[i]);
  }
}

// Where each example begins. A padded batch with fewer examples than its shape has rows is filled up with rows of
// length 1, since attention needs a token.
void FineTuningStep::lay_out(std::span<const std::int32_t> chosen) {
  const std::int64_t B = batch_.shape.batch, S = batch_.shape.sequence_length;
  batch_.lengths.clear();
  for (const std::int32_t i : chosen) batch_.lengths.push_back(static_cast<std::int32_t>(examples_[i].ids.size()));
  batch_.first_rows.assign(B, 0);
  batch_.first_draw_rows.assign(B, 0);
  if (packs()) batch_.packed.lay_out(batch_.shape, batch_.lengths);
  batch_.lengths.resize(B, 1);
  for (std::int64_t b = 0; b < B; ++b) {
    const bool is_used = b < static_cast<std::int64_t>(chosen.size());
    batch_.first_draw_rows[b] = static_cast<std::int32_t>(b * S);
    batch_.first_rows[b] = !packs() ? batch_.first_draw_rows[b] : is_used ? batch_.packed.starts[b] : 0;
  }
}

// What has no example has no label.
void FineTuningStep::fill_batch(std::span<const std::int32_t> chosen) {
  batch_.shape = shape_of(chosen);
  const std::int64_t T = batch_.shape.tokens();
  const std::int64_t rows = loss_rows(shape_of_model_, batch_.shape);
  batch_.ids.assign(T, padding_id(shape_of_model_.config));
  batch_.segments.assign(T, 0);
  lay_out(chosen);
  batch_.labels.assign(rows, kNoLabel);
  batch_.weights.assign(rows, 0);
  batch_.targets.assign(rows, 0);
  for (std::size_t i = 0; i < chosen.size(); ++i) add_example(examples_[chosen[i]], static_cast<std::int64_t>(i));
}

void FineTuningStep::write_batch(Session& session, float denominator) const {
  write_values(session, "input_ids", batch_.ids);
  write_values(session, "segments", batch_.segments);
  if (packs()) {
    write_values(session, "starts", batch_.packed.starts);
    write_values(session, "positions", batch_.packed.positions);
    if (session.has("draw_rows")) write_values(session, "draw_rows", batch_.packed.draw_rows);
  } else {
    write_values(session, "lengths", batch_.lengths);
  }
  if (session.has("head_rows")) write_values(session, "head_rows", batch_.first_rows);
  if (session.has("head_draw_rows")) write_values(session, "head_draw_rows", batch_.first_draw_rows);
  if (session.has("targets")) {
    write_values(session, "targets", batch_.targets);
  } else {
    write_values(session, "labels", batch_.labels);
  }
  write_values(session, "weights", batch_.weights);
  write_scalar(session, "denominator", denominator);
}

void FineTuningStep::run(std::span<const std::int32_t> chosen, std::int64_t step) {
  const auto most = static_cast<std::size_t>(options_.batch);
  SCORIA_CHECK(!chosen.empty() && chosen.size() <= most * static_cast<std::size_t>(options_.accumulate),
               "a step has at least one example and at most batch * accumulate");
  const auto denominator = static_cast<float>(total_weight(chosen));
  const auto seed = options_.seed;
  std::int64_t first_row = 0;
  for (std::size_t at = 0; at < chosen.size(); at += most) {
    fill_batch(chosen.subspan(at, std::min(most, chosen.size() - at)));
    Session& session = passes_.at(batch_.shape);
    write_batch(session, denominator);
    const std::array<std::uint32_t, 4> rng{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                                           static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(first_row)};
    if (session.has("rng")) write_scalar(session, "rng", rng);
    if (update_) write_scalar(session, "keep", std::uint32_t{at > 0});
    session.step();
    first_row += batch_.shape.batch * batch_.shape.sequence_length;
  }
  if (update_) update_->step();
}

FineTuningStep::Record FineTuningStep::record() const {
  std::array<double, 3> fields{};
  if (update_) {
    read_record(*longest_, "record_sum", std::span(fields).first(1));
    read_record(*update_, "update_record", std::span(fields).last(2));
  } else {
    read_record(*longest_, "record", fields);
  }
  return {fields[0], fields[1], fields[2]};
}

std::array<std::uint32_t, 2> FineTuningStep::skipped_steps() const {
  std::array<std::uint32_t, 2> counts{};
  (update_ ? *update_ : *longest_).read("skipped", std::as_writable_bytes(std::span(counts)));
  return counts;
}

}  // namespace scoria
