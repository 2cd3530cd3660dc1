#include "train/fine_tuning_checks.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "scoria/error.h"
#include "scoria/train/trainer.h"
#include "train/fine_tuning_graphs.h"
#include "train/run_settings.h"

namespace scoria {
namespace {

[[noreturn]] void misuse(const std::string& what) { throw Error(ErrorKind::Usage, what); }

void check_range(const char* option, double value, double low, double high) {
  if (!(value >= low && value <= high)) {
    misuse(fmt::format("{} must be in {:g}..{:g}, got {:g}", option, low, high, value));
  }
}

void check_options(const BertConfig& config, const FineTunerOptions& options) {
  check_range("--epochs", static_cast<double>(options.epochs), 1, 1e6);
  check_range("--warmup", options.warmup, 0, 1);
  check_range("--patience", static_cast<double>(options.patience), 0, 1e6);
  check_range("--eval-every", static_cast<double>(options.eval_every), 0, 1e9);
  check_range("--log-every", static_cast<double>(options.log_every), 1, 1e9);
  check_range("length_multiple", static_cast<double>(options.length_multiple), 1, 4096);
  check_range("--freeze-layers", static_cast<double>(options.freeze_layers), 0,
              static_cast<double>(config.num_hidden_layers));
}

void check_class_weights(const BertModel& model, const std::vector<float>& weights) {
  if (weights.empty()) return;
  const bool has_classes = model.head != BertHead::QuestionAnswering && model.config.label_count() > 1;
  if (!has_classes || std::cmp_not_equal(weights.size(), model.config.label_count())) {
    misuse(fmt::format("--class-weights: {} of them for {} labels; give one for each class", weights.size(),
                       has_classes ? model.config.label_count() : 0));
  }
  for (const float weight : weights) check_range("--class-weights", weight, 0, 1e6);
}

// Labels that an example of this head has, and the range they are in: below the second.
std::pair<std::size_t, std::int64_t> expected_labels(const BertModel& model, const TaskExample& example) {
  const auto length = static_cast<std::int64_t>(example.ids.size());
  if (model.head == BertHead::QuestionAnswering) return {2, length};
  if (model.head == BertHead::TokenClassification) return {example.ids.size(), model.config.label_count()};
  if (target_of(model) == Target::Flags) return {static_cast<std::size_t>(model.config.label_count()), 2};
  return {model.config.label_count() == 1 ? 0 : 1, model.config.label_count()};
}

void check_example(const BertModel& model, const TaskExample& example, std::size_t index) {
  const auto refuse = [&](const std::string& what) { misuse(fmt::format("example {}: {}", index, what)); };
  const auto length = static_cast<std::int64_t>(example.ids.size());
  if (length < 1 || length > model.config.max_position_embeddings || example.segments.size() != example.ids.size()) {
    refuse(fmt::format("{} tokens and {} segments; expected as many of both, 1 to {}", length, example.segments.size(),
                       model.config.max_position_embeddings));
  }
  const auto [count, limit] = expected_labels(model, example);
  if (example.labels.size() != count) refuse(fmt::format("{} labels, expected {}", example.labels.size(), count));
  const std::int32_t least = model.head == BertHead::TokenClassification ? -1 : 0;
  for (const std::int32_t label : example.labels) {
    if (label < least || label >= limit) refuse(fmt::format("label {} is not in {}..{}", label, least, limit - 1));
  }
  if (!std::isfinite(example.score)) refuse("the score is not finite");
}

}  // namespace

void check_fine_tuning(const BertModel& model, const Tokenizer& tokenizer, const std::vector<TaskExample>& examples,
                       const FineTunerOptions& options) {
  if (model.head != BertHead::SequenceClassification && model.head != BertHead::TokenClassification &&
      model.head != BertHead::QuestionAnswering) {
    misuse(fmt::format("{} has no labels to learn from; load the model with a classifier or for question answering",
                       architecture(model.head)));
  }
  if (examples.empty()) misuse("there is nothing to train on");
  check_options(model.config, options);
  check_class_weights(model, options.class_weights);
  std::int64_t longest = 1;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    check_example(model, examples[i], i);
    longest = std::max<std::int64_t>(longest, examples[i].ids.size());
  }
  TrainerOptions shared;
  shared.model = model.config;
  shared.batch = options.batch;
  shared.accumulate = options.accumulate;
  shared.learning_rate = options.learning_rate;
  check_trainer_options(shared, longest);
  check_vocabulary_size(shared, tokenizer);
}

}  // namespace scoria
