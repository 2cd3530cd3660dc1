#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "scoria/device.h"
#include "scoria/model/bert_files.h"
#include "scoria/ops.h"
#include "scoria/session.h"
#include "scoria/tasks/task_examples.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

struct FineTunerOptions {
  std::int64_t batch = 32;      ///< sequences of one pass over the device
  std::int64_t accumulate = 1;  ///< passes of one step
  std::int64_t epochs = 3;
  float learning_rate = 5e-5f;  ///< at the end of warm-up; from there straight to 0
  double warmup = 0.1;          ///< part of all steps, rounded up
  AdamwOptions optimizer;
  float clip_norm = 1.0f;  ///< of all gradients together
  /// Of a classifier, one a label; empty: all 1. The loss is PyTorch's weighted mean, sum w l / sum w. Where labels are
  /// independent they are BCEWithLogitsLoss's pos_weight: they weigh the texts that have the label.
  std::vector<float> class_weights;
  /// What does not learn keeps its bits: no gradient, no decay, and the backward pass ends above it.
  bool freeze_embeddings = false;
  std::int64_t freeze_layers = 0;  ///< the lowest so many, and with them the embeddings
  std::uint64_t seed = 0;          ///< of the order of examples and of dropout
  std::int64_t eval_every = 0;     ///< steps; 0: after each epoch
  std::int64_t patience = 0;       ///< evaluations without a better score that end the run; 0: none do
  std::int64_t log_every = 10;
  /// Examples stand beside each other, and of a batch only what rounds its tokens up is wasted. Answers are padded all
  /// the same: their loss, as that of transformers, is a softmax over the padding too.
  bool packed = true;
  std::int64_t length_multiple = 8;  ///< a padded batch is as long as its longest example, rounded up to this
  bool group_by_length = false;      ///< a step has examples of about one length, so that less is padding
  /// For metrics.jsonl and best/; must exist. Empty: nothing is written.
  std::filesystem::path out;
};

/// What a logged step says of itself: the keys of metrics.jsonl.
struct FineTuningRecord {
  std::int64_t step = 0;
  double epoch = 0, loss = 0, learning_rate = 0, grad_norm = 0;
  std::int64_t skipped_steps = 0;                ///< so far, for gradients that were not finite: they changed no weight
  double sequences_per_second = 0, step_ms = 0;  ///< means since the last logged step
};

/// Names and values of a task's metrics. The first decides which weights are best; larger is better.
using TaskScores = std::vector<std::pair<std::string, double>>;

struct FineTuningEvaluation {
  std::int64_t step = 0;
  double epoch = 0;
  TaskScores scores;
  bool is_best = false;  ///< so far
};

/// What a run tells and asks while it runs; each may be empty.
struct FineTunerEvents {
  /// Scores held-out data with the weights as they are: see FineTuner::session().
  std::function<TaskScores()> score;
  std::function<void(const FineTuningRecord&)> logged;
  std::function<void(const FineTuningEvaluation&)> evaluated;
  std::function<void(std::int64_t step)> stepped;
  /// Asked after every step; true ends the run.
  std::function<bool()> stop;
};

struct FineTuningResult {
  enum class End { Finished, Patience, Stopped };
  End end = End::Finished;
  std::int64_t steps = 0;                              ///< done
  std::int64_t best_step = 0;                          ///< 0: there is no best: stopped before the first evaluation
  TaskScores best;                                     ///< empty without events.score
  double training_seconds = 0, seconds_per_epoch = 0;  ///< without evaluations
};

/// Trains a BERT with a head on labelled sequences.
///
///     loss = sum over rows of w * -log softmax(logits)[label] / sum of w       classes, tags (one row a token)
///     loss = the mean of the two of first and last token                       answers
///     loss = sum of (logit - score)^2 / sequences                              one label: regression
///     loss = mean over sequences and labels of sigmoid_cross_entropy           independent labels: several a text
///
/// over all sequences of a step, however many passes it takes; rows without a label have no part in it. AdamW with bias
/// correction, clipping, warm-up and linear decay as in transformers' example scripts.
///
/// Packed and padded sequences give the same losses and gradients, to rounding. Dropout draws by an example's place in
/// the step and a token's in the example, in rows as long as the longest example of all where packed, of its batch
/// where padded: batches whose longest is the longest of all drop the same either way.
///
/// Each epoch visits the examples in an order drawn from (seed, epoch). So a run is a pure function of model, examples,
/// options and device, whatever events.score does.
///
/// Sources: run_classifier.py and run_squad.py of google-research/bert; run_ner.py of transformers.
class FineTuner {
 public:
  /// The order in which an epoch visits its examples: for i from count - 1 down to 1 place i changes with place
  /// floor(u (i + 1) / 2^32), u the first word of the Philox block of counter (i, epoch, 0, 1) and key (seed low,
  /// high).
  static std::vector<std::int32_t> epoch_order(std::int64_t count, std::uint64_t seed, std::int64_t epoch);
  /// That order, grouped: every 50 steps' examples are sorted, the longest first and else as they were, and cut into
  /// steps of `together`; then the whole steps are shuffled as the examples were, by counters (i, epoch, 0, 2).
  static std::vector<std::int32_t> grouped_epoch_order(std::span<const std::int64_t> lengths, std::int64_t together,
                                                       std::uint64_t seed, std::int64_t epoch);

  /// The tokenizer is for the files. Throws Error (Usage) for options out of range, a head without labels to learn from
  /// (only classifiers and question answering have them), examples that do not fit the model; Error (Memory) as
  /// Trainer.
  FineTuner(const Device& device, const Tokenizer& tokenizer, BertModel model, std::vector<TaskExample> examples,
            FineTunerOptions options);
  ~FineTuner();

  std::int64_t total_steps() const;
  /// Runs to the last step, or to what ends it before. Evaluates where there is events.score; whenever its first score
  /// is the best so far, the model is written to `out`/best as transformers loads it, whole or not at all. Without
  /// events.score the weights after the last step are the best. At the end the weights are the best ones.
  /// Throws Error (Numeric) where the last 20 steps, or all of a shorter run, had gradients that were not finite.
  FineTuningResult run(const FineTunerEvents& events = {});

  /// A session whose states others may share by name, "parameters" above all.
  const Session& session() const;
  /// With the weights as they are now.
  BertModel model() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of a metric over several seeds. The deviation is the sample's, with n - 1; 0 of a single value.
struct MeanDeviation {
  double mean = 0, deviation = 0;
};
MeanDeviation mean_and_deviation(std::span<const double> values);

}  // namespace scoria
