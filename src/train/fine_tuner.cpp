#include "scoria/train/fine_tuner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>
#include <utility>

#include "base/philox.h"
#include "base/stopwatch.h"
#include "io/atomic_write.h"
#include "scoria/error.h"
#include "train/checkpoint.h"
#include "train/fine_tuning_checks.h"
#include "train/fine_tuning_step.h"
#include "train/metrics_file.h"
#include "train/run_settings.h"

namespace scoria {
namespace {

constexpr std::int64_t kGroupedSteps = 50;  // sorted together: enough to save most padding, few enough to stay mixed
constexpr std::uint32_t kOrderOfExamples = 1, kOrderOfSteps = 2;

std::int64_t steps_per_epoch(std::int64_t examples, const FineTunerOptions& options) {
  const std::int64_t together = options.batch * options.accumulate;
  return (examples + together - 1) / together;
}

TrainingSettings training_settings(const FineTunerOptions& options, std::int64_t steps) {
  const auto warmup = static_cast<std::int64_t>(std::ceil(options.warmup * static_cast<double>(steps)));
  return {
      {options.learning_rate, warmup, steps, LearningRateOptions::Decay::Linear}, options.optimizer, options.clip_norm};
}

std::vector<std::int32_t> shuffled(std::int64_t count, std::uint64_t seed, std::int64_t epoch, std::uint32_t purpose) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  const std::array<std::uint32_t, 2> key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  for (std::int64_t i = count - 1; i > 0; --i) {
    const std::uint64_t u =
        philox4x32({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(epoch), 0, purpose}, key)[0];
    std::swap(order[i], order[(u * static_cast<std::uint64_t>(i + 1)) >> 32]);
  }
  return order;
}

std::vector<std::int64_t> lengths_of(const std::vector<TaskExample>& examples) {
  std::vector<std::int64_t> lengths;
  for (const TaskExample& example : examples) lengths.push_back(static_cast<std::int64_t>(example.ids.size()));
  return lengths;
}

// By which transformers chooses the loss; only this head has one to choose.
void declare_problem(BertModel& model) {
  nlohmann::json keys = nlohmann::json::parse(model.config.other_keys);
  keys.erase("problem_type");
  if (model.head == BertHead::SequenceClassification) {
    const Target target = target_of(model);
    keys["problem_type"] = target == Target::Flags   ? "multi_label_classification"
                           : target == Target::Score ? "regression"
                                                     : "single_label_classification";
  }
  model.config.other_keys = keys.dump();
  model.config.activation_fn.reset();  // the scores of the model that this one began as
}

nlohmann::ordered_json to_json(const FineTuningRecord& record) {
  return {{"step", record.step},
          {"epoch", record.epoch},
          {"loss", record.loss},
          {"learning_rate", record.learning_rate},
          {"grad_norm", record.grad_norm},
          {"skipped_steps", record.skipped_steps},
          {"sequences_per_second", record.sequences_per_second},
          {"step_ms", record.step_ms}};
}

nlohmann::ordered_json to_json(const FineTuningEvaluation& evaluation) {
  nlohmann::ordered_json json{{"step", evaluation.step}, {"epoch", evaluation.epoch}};
  for (const auto& [name, value] : evaluation.scores) json["eval_" + name] = value;
  json["best"] = evaluation.is_best;
  return json;
}

}  // namespace

struct FineTuner::State {
  Tokenizer tokenizer;
  BertModel best;
  std::vector<TaskExample> examples;
  FineTunerOptions options;
  std::int64_t epoch_steps, total_steps;
  FineTuningStep training_step;
  FineTuningResult result;
  std::int64_t without_better = 0;
  double logged_seconds = 0;  ///< of training, at the last logged step
  std::int64_t logged_step = 0;
  std::vector<std::int32_t> order;  ///< of the examples in this epoch
  std::int64_t order_epoch = -1;

  State(const Device& device, const Tokenizer& words, BertModel model, std::vector<TaskExample> given,
        FineTunerOptions chosen)
      : tokenizer(words),
        best(std::move(model)),
        examples(std::move(given)),
        options(std::move(chosen)),
        epoch_steps(steps_per_epoch(static_cast<std::int64_t>(examples.size()), options)),
        total_steps(epoch_steps * options.epochs),
        training_step(device, best, examples, options, training_settings(options, total_steps)) {}

  double epoch() const { return static_cast<double>(result.steps) / static_cast<double>(epoch_steps); }
  bool is_last() const { return result.steps == total_steps; }
  std::vector<std::int32_t> order_of(std::int64_t epoch) const;
  std::span<const std::int32_t> step_examples();
  void run_step();
  void append_metrics(const nlohmann::ordered_json& line) const {
    if (!options.out.empty()) MetricsFile(options.out / "metrics.jsonl").append(line);
  }
  void log(const FineTunerEvents& events);
  void refuse_divergence() const;
  bool evaluation_is_due() const;
  void evaluate(const FineTunerEvents& events);
  void take_best();
};

std::vector<std::int32_t> FineTuner::State::order_of(std::int64_t epoch) const {
  if (!options.group_by_length) return epoch_order(static_cast<std::int64_t>(examples.size()), options.seed, epoch);
  return grouped_epoch_order(lengths_of(examples), options.batch * options.accumulate, options.seed, epoch);
}

std::span<const std::int32_t> FineTuner::State::step_examples() {
  const std::int64_t epoch = result.steps / epoch_steps, step = result.steps % epoch_steps;
  const auto count = static_cast<std::int64_t>(examples.size()), together = options.batch * options.accumulate;
  if (epoch != order_epoch) order = order_of(epoch);
  order_epoch = epoch;
  const std::int64_t first = step * together;
  return std::span(order).subspan(first, std::min(count - first, together));
}

void FineTuner::State::run_step() {
  const std::span<const std::int32_t> chosen = step_examples();
  const Stopwatch stopwatch;
  training_step.run(chosen, result.steps);
  result.training_seconds += stopwatch.ms() / 1e3;
  result.steps += 1;
}

void FineTuner::State::log(const FineTunerEvents& events) {
  const FineTuningStep::Record fields = training_step.record();
  const double seconds = result.training_seconds - logged_seconds;
  const auto steps = static_cast<double>(result.steps - logged_step);
  FineTuningRecord record;
  record.step = result.steps;
  record.epoch = epoch();
  record.loss = fields.loss;
  record.learning_rate = fields.learning_rate;
  record.grad_norm = fields.grad_norm;
  record.skipped_steps = training_step.skipped_steps()[0];
  const double sequences = static_cast<double>(examples.size()) / static_cast<double>(epoch_steps) * steps;
  record.sequences_per_second = sequences / std::max(seconds, 1e-9);
  record.step_ms = 1e3 * seconds / steps;
  logged_seconds = result.training_seconds;
  logged_step = result.steps;
  append_metrics(to_json(record));
  if (events.logged) events.logged(record);
}

void FineTuner::State::refuse_divergence() const {
  if (training_step.skipped_steps()[1] < std::min(kMostSkipped, total_steps)) return;
  throw Error(ErrorKind::Numeric,
              fmt::format("step {}: gradients that are not finite for {} steps, which changed no weight; take a lower "
                          "--lr (now {:g} at its peak) or a longer --warmup",
                          result.steps, training_step.skipped_steps()[1], options.learning_rate));
}

bool FineTuner::State::evaluation_is_due() const {
  const std::int64_t every = options.eval_every > 0 ? options.eval_every : epoch_steps;
  return result.steps % every == 0 || is_last();
}

void FineTuner::State::take_best() {
  best.weights = training_step.session().read("parameters");
  result.best_step = result.steps;
  without_better = 0;
  if (options.out.empty()) return;
  PendingFolder folder(options.out / "best");
  save_bert(folder.path(), best);
  write_tokenizer_files(folder.path(), tokenizer, best.config.max_position_embeddings);
  folder.commit();
}

void FineTuner::State::evaluate(const FineTunerEvents& events) {
  FineTuningEvaluation evaluation{result.steps, epoch(), events.score(), false};
  if (evaluation.scores.empty()) throw Error(ErrorKind::Usage, "FineTunerEvents::score gave no score");
  const double score = evaluation.scores.front().second;
  evaluation.is_best = !std::isnan(score) && (result.best.empty() || score > result.best.front().second);
  without_better += 1;
  if (evaluation.is_best) {
    result.best = evaluation.scores;
    take_best();
  }
  append_metrics(to_json(evaluation));
  if (events.evaluated) events.evaluated(evaluation);
}

std::vector<std::int32_t> FineTuner::epoch_order(std::int64_t count, std::uint64_t seed, std::int64_t epoch) {
  return shuffled(count, seed, epoch, kOrderOfExamples);
}

std::vector<std::int32_t> FineTuner::grouped_epoch_order(std::span<const std::int64_t> lengths, std::int64_t together,
                                                         std::uint64_t seed, std::int64_t epoch) {
  const auto count = static_cast<std::int64_t>(lengths.size());
  std::vector<std::int32_t> sorted = epoch_order(count, seed, epoch);
  for (std::int64_t first = 0; first < count; first += kGroupedSteps * together) {
    const auto end = std::min(count, first + kGroupedSteps * together);
    std::stable_sort(sorted.begin() + first, sorted.begin() + end,
                     [&](std::int32_t a, std::int32_t b) { return lengths[a] > lengths[b]; });
  }
  std::vector<std::int32_t> order;
  order.reserve(sorted.size());
  const auto append = [&](std::int64_t first, std::int64_t end) {
    order.insert(order.end(), sorted.begin() + first, sorted.begin() + end);
  };
  for (const std::int64_t step : shuffled(count / together, seed, epoch, kOrderOfSteps)) {
    append(step * together, (step + 1) * together);
  }
  append(count / together * together, count);  // the last step may have fewer
  return order;
}

FineTuner::FineTuner(const Device& device, const Tokenizer& tokenizer, BertModel model,
                     std::vector<TaskExample> examples, FineTunerOptions options) {
  check_fine_tuning(model, tokenizer, examples, options);
  std::int64_t longest = 1;
  for (const TaskExample& example : examples) longest = std::max<std::int64_t>(longest, example.ids.size());
  TrainerOptions size;
  size.model = model.config;
  size.batch = options.batch;
  size.accumulate = options.accumulate;
  const BertBatchShape shape{options.batch, longest, 0};
  check_memory(device, size, shape);
  model.config.dtype = DType::f32;  // what was learned would not fit into halves
  declare_problem(model);
  try {
    state_ = std::make_unique<State>(device, tokenizer, std::move(model), std::move(examples), std::move(options));
  } catch (const std::bad_alloc&) {
    throw_memory_error(device, size, shape);
  }
}

FineTuner::~FineTuner() = default;

std::int64_t FineTuner::total_steps() const { return state_->total_steps; }

FineTuningResult FineTuner::run(const FineTunerEvents& events) {
  State& s = *state_;
  using End = FineTuningResult::End;
  s.result.end = End::Stopped;
  if (!s.options.out.empty()) MetricsFile(s.options.out / "metrics.jsonl").keep_up_to(0);
  while (true) {
    s.run_step();
    if (events.stepped) events.stepped(s.result.steps);
    const bool due = s.evaluation_is_due();
    if (s.result.steps % s.options.log_every == 0 || due) {
      s.log(events);
      s.refuse_divergence();
    }
    if (due && events.score) s.evaluate(events);
    if (s.is_last()) {
      s.result.end = End::Finished;
      break;
    }
    if (s.options.patience > 0 && s.without_better >= s.options.patience) {
      s.result.end = End::Patience;
      break;
    }
    if (events.stop && events.stop()) break;
  }
  if (!events.score && s.is_last()) s.take_best();
  if (s.result.best_step > 0) s.training_step.session().write("parameters", s.best.weights);
  s.result.seconds_per_epoch = s.result.training_seconds / s.epoch();
  return s.result;
}

const Session& FineTuner::session() const { return state_->training_step.session(); }

BertModel FineTuner::model() const {
  BertModel model = state_->best;
  model.weights = session().read("parameters");
  return model;
}

MeanDeviation mean_and_deviation(std::span<const double> values) {
  if (values.empty()) return {};
  MeanDeviation result;
  for (const double value : values) result.mean += value / static_cast<double>(values.size());
  if (values.size() == 1) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return result;
}

}  // namespace scoria
