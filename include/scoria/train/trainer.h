#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "scoria/data/pretraining.h"
#include "scoria/device.h"
#include "scoria/model/bert.h"
#include "scoria/ops.h"
#include "scoria/session.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

struct TrainerOptions {
  BertConfig model;
  std::int64_t batch = 32;      ///< sequences of one pass over the device
  std::int64_t accumulate = 1;  ///< passes of one step; a step's batch is batch * accumulate sequences
  /// Sequences stand beside each other and not padded to the longest: the same losses and gradients, to rounding, and
  /// the same dropout, in fewer tokens.
  bool packed = true;
  std::int64_t steps = 1000;  ///< the run's length; the learning rate ends here
  LearningRateOptions::Decay decay = LearningRateOptions::Decay::Linear;
  float learning_rate = 1e-4f;  ///< at the end of warm-up
  std::int64_t warmup_steps = 0;
  AdamwOptions optimizer;
  float clip_norm = 1.0f;  ///< of all gradients together
  std::uint64_t seed = 0;  ///< of initial weights and dropout
  std::int64_t log_every = 10;
  std::int64_t eval_every = 0;        ///< 0: only after the last step
  std::int64_t checkpoint_every = 0;  ///< 0: only at the end
  int keep_checkpoints = 2;           ///< the newest so many stay
  std::int64_t eval_sequences = 256;  ///< of the held-out data, at most
  /// Where the run lives; must exist.
  std::filesystem::path out;
  /// TokenStore::fingerprint() of the data, by which a resumed run knows it.
  std::uint64_t data_fingerprint = 0;
};

/// What a logged step says of itself: the keys of metrics.jsonl.
struct StepRecord {
  std::int64_t step = 0;      ///< steps done, this one counted
  bool next_sentence = true;  ///< false: the data are without next sentences, and metrics.jsonl has no nsp_ keys
  double loss = 0, mlm_loss = 0, nsp_loss = 0;
  double mlm_accuracy = 0, nsp_accuracy = 0;
  double learning_rate = 0, grad_norm = 0;
  /// Of all steps so far those whose gradients were not finite: they changed no weight. In metrics.jsonl a loss or norm
  /// that is not finite is null.
  std::int64_t skipped_steps = 0;
  double tokens_per_second = 0, sequences_per_second = 0, step_ms = 0;  ///< means since the last logged step
  double epoch = 0;
};

/// Means over held-out sequences, dropout off.
struct EvaluationRecord {
  std::int64_t step = 0;
  std::int64_t sequences = 0;
  bool next_sentence = true;
  double loss = 0, mlm_loss = 0, nsp_loss = 0, mlm_accuracy = 0, nsp_accuracy = 0;
};

/// What a run tells while it runs; each may be empty.
struct TrainerEvents {
  std::function<void(const StepRecord&)> logged;
  std::function<void(const EvaluationRecord&)> evaluated;
  std::function<void(const std::filesystem::path&)> saved;
  std::function<void(std::int64_t step)> stepped;
  /// Asked after every step; true ends the run after a checkpoint.
  std::function<bool()> stop;
};

/// How a resumed run stands to the one it continues.
struct ResumeReport {
  std::int64_t step = 0;             ///< 0: there was no checkpoint
  std::filesystem::path checkpoint;  ///< empty: there was none
  std::vector<std::string> damaged;  ///< newer checkpoints that were passed over, each with its reason
  std::vector<std::string> changed;  ///< settings other than then: the run goes on, but not bit for bit
};

/// Pretrains BERT, masked language model and next-sentence prediction. With data without next sentences
/// (PretrainingOptions::next_sentence) the model is a BertForMaskedLM: no pooler, no NSP head. With data in length bins
/// there is a graph for each length; the data's `batch` must be that of a step. Memory is that of the longest.
///
/// A run is a pure function of its options, its data and the device: batches are numbered, dropout is drawn from
/// (seed, step, row), sums have a fixed order. So a run that was stopped at any step and resumed ends with the bits of
/// one that was not, on the same device, driver and build.
///
/// The folder of a run: config.json, tokenizer files and, at the end, model.safetensors as Hugging Face names them;
/// metrics.jsonl, an object a logged step or evaluation; and checkpoint-STEP/ with the same files, the optimizer's
/// moments, trainer_state.json and manifest.json (sizes and checksums). Every file and every checkpoint appears whole
/// or not at all.
class Trainer {
 public:
  /// The data must outlive the trainer; without evaluation data there are no evaluations.
  /// Throws Error (Usage) for options out of range, Error (Memory) that names a batch that would fit, or what the
  /// device cannot allocate at once.
  Trainer(const Device& device, const Tokenizer& tokenizer, const PretrainingData& training,
          const PretrainingData* evaluation, TrainerOptions options);
  ~Trainer();

  /// Continues from the newest checkpoint in `out` that is whole, and drops from metrics.jsonl what came after it.
  /// Throws Error (Input) if there are checkpoints and none is whole, or it is of another model or vocabulary.
  ResumeReport resume();
  /// Runs to the last step, or until events.stop says so. Returns whether the last step was reached. Each is followed
  /// by a checkpoint; the last step also by the model's files in `out`. A step whose gradients are not finite changes
  /// no weight; Error (Numeric) is thrown at a logged step where the last 20 steps, or all of a shorter run, were such.
  bool run(const TrainerEvents& events = {});

  std::int64_t step() const;  ///< steps done
  EvaluationRecord evaluate();
  std::filesystem::path save_checkpoint();

  const ParameterLayout& layout() const;
  /// The weights as they are now, [N] in the layout's order.
  Tensor parameters() const;
  void set_parameters(const Tensor& arena);
  /// Of the passes; with length bins of the longest, but the steps of all.
  StepStatistics statistics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What Trainer refuses of its options, for a program to ask before it reads a corpus: throws Error (Usage) for what is
/// out of range, or longer than the model's positions.
void check_trainer_options(const TrainerOptions& options, std::int64_t sequence_length);

/// Device memory that training needs: weights, gradients, moments, activations kept for the backward pass. An estimate
/// from the model's shape, within a twentieth of what the planner then allocates on the CPU; kernels of a GPU may want
/// scratch memory beside it.
std::uint64_t estimate_training_bytes(const BertConfig& config, const BertBatchShape& shape, std::int64_t accumulate);

/// Makes the folder of a run, sees that it can be written, and removes what a run that died left half written.
/// Throws Error (Io) where the system refuses, Error (Usage) where there are checkpoints already and resume is false.
void prepare_run_folder(const std::filesystem::path& out, bool resume);

/// The folders "checkpoint-STEP" of a run, the newest first.
std::vector<std::filesystem::path> find_checkpoints(const std::filesystem::path& out);

}  // namespace scoria
