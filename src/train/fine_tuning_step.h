#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "runtime/session_family.h"
#include "scoria/train/fine_tuner.h"
#include "train/fine_tuning_graphs.h"

namespace scoria {

/// The sessions of a run, one for each padded length, and how examples go through them.
class FineTuningStep {
 public:
  FineTuningStep(const Device& device, const BertModel& model, const std::vector<TaskExample>& examples,
                 const FineTunerOptions& options, const TrainingSettings& settings);
  FineTuningStep(const FineTuningStep&) = delete;
  FineTuningStep& operator=(const FineTuningStep&) = delete;

  /// One step on these examples, at most batch * accumulate. `step` is the count of steps done before.
  void run(std::span<const std::int32_t> chosen, std::int64_t step);
  struct Record {
    double loss = 0, grad_norm = 0, learning_rate = 0;
  };
  Record record() const;
  /// Of all steps so far those that were skipped, and how many of them were the last ones in a row.
  std::array<std::uint32_t, 2> skipped_steps() const;

  /// The longest session; it has all states that sessions share.
  Session& session() { return *longest_; }
  const Session& session() const { return *longest_; }

 private:
  /// What goes into one pass. The lists keep their memory from pass to pass.
  struct Batch {
    BertBatchShape shape;
    std::vector<std::int32_t> ids, segments, lengths, first_rows, first_draw_rows, labels;
    std::vector<float> weights, targets;
    PackedRows packed;
  };

  bool packs() const { return options_.packed && shape_of_model_.head != BertHead::QuestionAnswering; }
  std::int64_t padded_length(std::span<const std::int32_t> chosen) const;
  BertBatchShape shape_of(std::span<const std::int32_t> chosen) const;
  void lay_out(std::span<const std::int32_t> chosen);
  double weight(std::int32_t label) const;
  float flag_weight(std::size_t label, std::int32_t flag) const;
  double total_weight(std::span<const std::int32_t> chosen) const;
  void fill_batch(std::span<const std::int32_t> chosen);
  void add_example(const TaskExample& example, std::int64_t row);
  void add_target(const TaskExample& example, std::int64_t row);
  void write_batch(Session& session, float denominator) const;

  BertModel shape_of_model_;  ///< without weights
  Target target_;
  const std::vector<TaskExample>& examples_;
  FineTunerOptions options_;
  std::vector<bool> learns_;
  std::int64_t longest_example_;  ///< rounded up
  SessionFamily<BertBatchShape> passes_;
  Session* longest_ = nullptr;
  std::optional<Session> update_;
  Batch batch_;
};

}  // namespace scoria
