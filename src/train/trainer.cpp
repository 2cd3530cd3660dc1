#include "scoria/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>

#include "base/stopwatch.h"
#include "io/atomic_write.h"
#include "scoria/error.h"
#include "train/checkpoint.h"
#include "train/metrics_file.h"
#include "train/run_settings.h"
#include "train/training_step.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLogTail = 100;

TrainingSettings training_settings(const TrainerOptions& options) {
  return {{options.learning_rate, options.warmup_steps, options.steps, options.decay},
          options.optimizer,
          options.clip_norm};
}

BertHead head_of(const PretrainingData& data) {
  return data.options().next_sentence ? BertHead::Pretraining : BertHead::MaskedLm;
}

// Of the passes, one for each length that the data make batches of, the longest last.
std::vector<BertBatchShape> pass_shapes(const TrainerOptions& options, const PretrainingData& data) {
  std::vector<BertBatchShape> shapes;
  for (const LengthBin& bin : data.bins()) shapes.push_back({options.batch, bin.sequence_length, bin.max_predictions});
  return shapes;
}

void check_bins(const TrainerOptions& options, const PretrainingOptions& data) {
  const std::int64_t sequences = options.batch * options.accumulate;
  if (data.length_bins == 1 || data.batch == sequences) return;
  throw Error(ErrorKind::Usage,
              fmt::format("trainer: with length bins the data's batch must be that of a step, {} ({} x {}); got {}",
                          sequences, options.batch, options.accumulate, data.batch));
}

bool is_due(std::int64_t step, std::int64_t every) { return every > 0 && step % every == 0; }

// Work since the last logged step.
struct Meter {
  double ms = 0;
  std::int64_t steps = 0, tokens = 0, sequences = 0;
};

}  // namespace

struct Trainer::State {
  Device device;
  Tokenizer tokenizer;
  const PretrainingData& training;
  const PretrainingData* evaluation;
  TrainerOptions options;
  ParameterLayout layout;
  std::vector<BertBatchShape> shapes;
  TrainingStep training_step;
  MetricsFile metrics;
  std::int64_t step = 0;
  std::uint64_t sequences_done = 0;
  std::vector<nlohmann::json> log_tail;
  Meter meter;
  PretrainingBatch evaluation_batch;

  State(const Device& opened, const Tokenizer& words, const PretrainingData& data, const PretrainingData* held_out,
        TrainerOptions given)
      : device(opened),
        tokenizer(words),
        training(data),
        evaluation(held_out),
        options(std::move(given)),
        layout(bert_parameters(options.model, head_of(data))),
        shapes(pass_shapes(options, data)),
        training_step(device, options.model, shapes, options.packed, options.accumulate, layout,
                      training_settings(options), options.seed),
        metrics(options.out / "metrics.jsonl") {}

  std::int64_t step_sequences() const { return options.batch * options.accumulate; }
  nlohmann::json settings() const { return run_settings(options, shapes, device, training_step.plan_text()); }

  void write_state(std::string_view name, const Tensor& tensor) { training_step.session_of(name).write(name, tensor); }
  Tensor read_state(std::string_view name) const { return training_step.session_of(name).read(name); }

  void run_step(const PretrainingBatch& batch);
  StepRecord take_record(const PretrainingBatch& batch);
  void refuse_divergence(const StepRecord& record) const;
  void log_step(const PretrainingBatch& batch, const TrainerEvents& events);
  EvaluationRecord evaluate();
  CheckpointContents contents() const;
  void restore(const CheckpointContents& contents);
  fs::path save_checkpoint();
};

void Trainer::State::run_step(const PretrainingBatch& batch) {
  const Stopwatch stopwatch;
  training_step.run(batch, step);
  meter.ms += stopwatch.ms();
  meter.steps += 1;
  meter.tokens += batch.token_count;
  meter.sequences += batch.batch_size;
  step += 1;
  sequences_done += static_cast<std::uint64_t>(batch.batch_size);
}

StepRecord Trainer::State::take_record(const PretrainingBatch& batch) {
  const auto fields = training_step.record();
  const auto field = [&](RecordField name) { return fields[static_cast<std::size_t>(name)]; };
  StepRecord record;
  record.step = step;
  record.next_sentence = training.options().next_sentence;
  record.loss = field(RecordField::Loss);
  record.mlm_loss = field(RecordField::MlmLoss);
  record.nsp_loss = field(RecordField::NspLoss);
  record.mlm_accuracy =
      field(RecordField::MlmCorrect) / static_cast<double>(std::max<std::int64_t>(batch.masked_count, 1));
  record.nsp_accuracy = field(RecordField::NspCorrect) / batch.batch_size;
  record.grad_norm = field(RecordField::GradNorm);
  record.learning_rate = field(RecordField::LearningRate);
  record.skipped_steps = training_step.skipped_steps()[0];
  record.epoch = training.epoch_of(sequences_done);
  const double seconds = std::max(meter.ms, 1e-6) / 1e3;
  record.tokens_per_second = static_cast<double>(meter.tokens) / seconds;
  record.sequences_per_second = static_cast<double>(meter.sequences) / seconds;
  record.step_ms = meter.ms / static_cast<double>(std::max<std::int64_t>(meter.steps, 1));
  meter = {};
  return record;
}

void Trainer::State::refuse_divergence(const StepRecord& record) const {
  const std::int64_t in_a_row = training_step.skipped_steps()[1];
  if (in_a_row < std::min(kMostSkipped, options.steps)) return;
  throw Error(
      ErrorKind::Numeric,
      fmt::format("step {}: loss {}, gradient norm {}: not finite for {} steps, which changed no weight; take a "
                  "lower --lr (now {:g} at its peak) or a longer --warmup",
                  record.step, record.loss, record.grad_norm, in_a_row, options.learning_rate));
}

void Trainer::State::log_step(const PretrainingBatch& batch, const TrainerEvents& events) {
  const StepRecord record = take_record(batch);
  metrics.append(to_json(record));
  log_tail.push_back({{"step", record.step},
                      {"epoch", record.epoch},
                      {"loss", record.loss},
                      {"grad_norm", record.grad_norm},
                      {"learning_rate", record.learning_rate}});
  if (log_tail.size() > kLogTail) log_tail.erase(log_tail.begin());
  if (events.logged) events.logged(record);
  refuse_divergence(record);
}

EvaluationRecord Trainer::State::evaluate() {
  const std::int64_t wanted =
      std::min<std::int64_t>(options.eval_sequences, static_cast<std::int64_t>(evaluation->epoch_size(0)));
  const std::int64_t passes = std::max<std::int64_t>(wanted / options.batch, 1);
  std::array<double, kPassFields> sums{};
  std::int64_t masked = 0;
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    evaluation->fill(static_cast<std::uint64_t>(pass * options.batch), static_cast<std::int32_t>(options.batch),
                     evaluation_batch);
    const auto fields = training_step.evaluate(evaluation_batch);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += fields[i];
    masked += evaluation_batch.masked_count;
  }
  const auto sum = [&](RecordField name) { return sums[static_cast<std::size_t>(name)]; };
  const double tokens = static_cast<double>(std::max<std::int64_t>(masked, 1));
  EvaluationRecord record;
  record.step = step;
  record.sequences = passes * options.batch;
  record.next_sentence = training.options().next_sentence;
  record.mlm_loss = sum(RecordField::MlmLoss) / tokens;
  record.nsp_loss = sum(RecordField::NspLoss) / static_cast<double>(record.sequences);
  record.loss = record.mlm_loss + record.nsp_loss;
  record.mlm_accuracy = sum(RecordField::MlmCorrect) / tokens;
  record.nsp_accuracy = sum(RecordField::NspCorrect) / static_cast<double>(record.sequences);
  return record;
}

CheckpointContents Trainer::State::contents() const {
  CheckpointContents contents;
  contents.step = step;
  contents.sequences_done = sequences_done;
  contents.epoch = training.epoch_of(sequences_done);
  contents.skipped_steps = training_step.skipped_steps();
  contents.parameters = read_state("parameters");
  contents.adam_m = read_state("adam_m");
  contents.adam_v = read_state("adam_v");
  contents.settings = settings();
  contents.log_tail = log_tail;
  return contents;
}

void Trainer::State::restore(const CheckpointContents& contents) {
  write_state("parameters", contents.parameters);
  write_state("adam_m", contents.adam_m);
  write_state("adam_v", contents.adam_v);
  const std::uint32_t done = static_cast<std::uint32_t>(contents.step);
  write_state("step", Tensor::from({1}, std::span(&done, 1)));
  training_step.set_skipped_steps(contents.skipped_steps);
  step = contents.step;
  sequences_done = contents.sequences_done;
  log_tail = contents.log_tail;
}

fs::path Trainer::State::save_checkpoint() {
  metrics.sync();
  return write_checkpoint(options.out, contents(), layout, options.model.to_json(), tokenizer,
                          options.model.max_position_embeddings, options.keep_checkpoints);
}

Trainer::Trainer(const Device& device, const Tokenizer& tokenizer, const PretrainingData& training,
                 const PretrainingData* evaluation, TrainerOptions options) {
  check_trainer_options(options, training.options().sequence_length);
  check_vocabulary_size(options, tokenizer);
  check_bins(options, training.options());
  options.model.architecture = architecture(head_of(training));
  const BertBatchShape largest = pass_shapes(options, training).back();
  check_memory(device, options, largest);
  try {
    state_ = std::make_unique<State>(device, tokenizer, training, evaluation, options);
  } catch (const std::bad_alloc&) {
    throw_memory_error(device, options, largest);
  }
  State& s = *state_;
  s.write_state("parameters", s.layout.initial_values(s.options.seed, s.options.model.initializer_range));
}

Trainer::~Trainer() = default;

ResumeReport Trainer::resume() {
  State& s = *state_;
  ResumeReport report;
  const std::vector<fs::path> folders = find_checkpoints(s.options.out);
  for (const fs::path& folder : folders) {
    if (const std::string damage = folder_damage(folder); !damage.empty()) {
      report.damaged.push_back(fmt::format("{}: {}", folder.string(), damage));
      continue;
    }
    const CheckpointContents contents = read_checkpoint(folder, s.layout, s.tokenizer);
    s.restore(contents);
    s.metrics.keep_up_to(s.step);
    report.step = s.step;
    report.checkpoint = folder;
    report.changed = changed_settings(contents.settings, s.settings());
    return report;
  }
  if (!folders.empty()) {
    throw Error(ErrorKind::Input, fmt::format("no checkpoint in {} is whole ({}); start anew in another --out",
                                              s.options.out.string(), report.damaged.front()));
  }
  return report;
}

bool Trainer::run(const TrainerEvents& events) {
  State& s = *state_;
  if (s.step == 0) s.metrics.keep_up_to(0);
  write_tokenizer_files(s.options.out, s.tokenizer, s.options.model.max_position_embeddings);
  write_atomically(s.options.out / "config.json", s.options.model.to_json());
  const auto sequences = static_cast<std::uint64_t>(s.step_sequences());
  BatchLoader loader(s.training, static_cast<std::int32_t>(sequences), (s.sequences_done + sequences - 1) / sequences);
  bool stopped = false;
  while (s.step < s.options.steps && !stopped) {
    const PretrainingBatch& batch = loader.next();
    s.run_step(batch);
    const bool last = s.step == s.options.steps;
    if (events.stepped) events.stepped(s.step);
    if (is_due(s.step, s.options.log_every) || last) s.log_step(batch, events);
    if (s.evaluation && (is_due(s.step, s.options.eval_every) || last)) {
      const EvaluationRecord record = s.evaluate();
      s.metrics.append(to_json(record));
      if (events.evaluated) events.evaluated(record);
    }
    stopped = events.stop && events.stop();
    if (is_due(s.step, s.options.checkpoint_every) || last || stopped) {
      const fs::path folder = s.save_checkpoint();
      if (events.saved) events.saved(folder);
    }
  }
  const bool done = s.step >= s.options.steps;
  if (done) write_model_files(s.options.out, s.layout, s.read_state("parameters"), s.options.model.to_json());
  return done;
}

std::int64_t Trainer::step() const { return state_->step; }
EvaluationRecord Trainer::evaluate() {
  if (!state_->evaluation)
    throw Error(ErrorKind::Usage, "there is no held-out data to evaluate on; give the trainer some");
  return state_->evaluate();
}
fs::path Trainer::save_checkpoint() { return state_->save_checkpoint(); }
const ParameterLayout& Trainer::layout() const { return state_->layout; }
Tensor Trainer::parameters() const { return state_->read_state("parameters"); }
void Trainer::set_parameters(const Tensor& arena) { state_->write_state("parameters", arena); }
StepStatistics Trainer::statistics() const { return state_->training_step.statistics(); }

}  // namespace scoria
