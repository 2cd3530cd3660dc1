#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "scoria/data/pretraining.h"
#include "scoria/session.h"
#include "train/training_graphs.h"

namespace scoria {

/// The sessions of a run and how a batch goes through them. Holds the device's state: weights, moments, step counter.
class TrainingStep {
 public:
  TrainingStep(const Device& device, const BertConfig& config, const BertBatchShape& shape, std::int64_t accumulate,
               const ParameterLayout& layout, const TrainingSettings& settings, std::uint64_t seed);

  /// Runs one step on a batch of shape.batch * accumulate sequences. `step` is the count of steps done before.
  void run(const PretrainingBatch& batch, std::int64_t step);
  /// The fields of the last step, by RecordField; counts and losses of the whole batch.
  std::array<double, kStepFields> record() const;
  /// Of all steps so far those that were skipped, and how many of them were the last ones in a row.
  std::array<std::uint32_t, 2> skipped_steps() const;
  void set_skipped_steps(const std::array<std::uint32_t, 2>& counts);
  /// Sums over one pass without dropout: losses not divided, by RecordField.
  std::array<double, kPassFields> evaluate(const PretrainingBatch& batch);

  /// The session that runs the passes, and the one that has a state.
  const Session& session() const { return passes_; }
  Session& session_of(std::string_view state) { return update_ && update_->has(state) ? *update_ : passes_; }
  const Session& session_of(std::string_view state) const {
    return update_ && update_->has(state) ? *update_ : passes_;
  }

 private:
  void write_pass(Session& session, const PretrainingBatch& batch, std::int64_t pass, float mlm_denominator,
                  float nsp_denominator);

  BertBatchShape shape_;
  std::int64_t accumulate_;
  std::uint64_t seed_;
  Session passes_;
  std::optional<Session> update_;
  std::optional<Session> evaluation_;
  std::function<Graph()> make_evaluation_;
  std::vector<std::int32_t> head_rows_;
};

}  // namespace scoria
