#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/session_family.h"
#include "scoria/data/pretraining.h"
#include "scoria/session.h"
#include "train/pass_inputs.h"
#include "train/training_graphs.h"

namespace scoria {

/// The sessions of a run and how a batch goes through them. Holds the device's state: weights, moments, step counter.
class TrainingStep {
 public:
  /// `shapes` are those of padded passes, the longest sequences last. Packed, a pass runs in as few tokens as hold it.
  TrainingStep(const Device& device, const BertConfig& config, std::vector<BertBatchShape> shapes, bool packed,
               std::int64_t accumulate, const ParameterLayout& layout, const TrainingSettings& settings,
               std::uint64_t seed);
  TrainingStep(const TrainingStep&) = delete;
  TrainingStep& operator=(const TrainingStep&) = delete;

  /// Runs one step on a batch of `accumulate` passes of one of the shapes. `step` is the count of steps done before.
  void run(const PretrainingBatch& batch, std::int64_t step);
  /// The fields of the last step, by RecordField; counts and losses of the whole batch.
  std::array<double, kStepFields> record() const;
  /// Of all steps so far those that were skipped, and how many of them were the last ones in a row.
  std::array<std::uint32_t, 2> skipped_steps() const;
  void set_skipped_steps(const std::array<std::uint32_t, 2>& counts);
  /// Sums over one pass without dropout: losses not divided, by RecordField.
  std::array<double, kPassFields> evaluate(const PretrainingBatch& batch);

  /// The session that has a state.
  Session& session_of(std::string_view state) { return update_ && update_->has(state) ? *update_ : longest_; }
  const Session& session_of(std::string_view state) const {
    return update_ && update_->has(state) ? *update_ : longest_;
  }
  /// Of all padded passes, the longest sequences first; of the largest packed one.
  const std::string& plan_text() const { return plan_text_; }
  /// Of the session that runs the longest passes, but the steps of all.
  StepStatistics statistics();

 private:
  void lay_out(const PretrainingBatch& batch, Pass pass);
  void write_inputs(Session& session, float mlm_denominator, float nsp_denominator) const;
  BertBatchShape largest() const;

  std::vector<BertBatchShape> shapes_;
  bool packed_;
  std::int64_t accumulate_;
  std::uint64_t seed_;
  SessionFamily<BertBatchShape> passes_;
  Session& longest_;
  std::optional<Session> update_;
  SessionFamily<BertBatchShape> evaluation_;
  std::string plan_text_;
  PassInputs inputs_;
  std::int64_t passes_done_ = 0;
};

}  // namespace scoria
