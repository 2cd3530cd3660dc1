#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "finetune/task.h"
#include "finetune/text_file.h"
#include "scoria/error.h"
#include "scoria/metrics/classification.h"
#include "scoria/metrics/correlation.h"
#include "support/shortest.h"

namespace finetune {
namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

std::vector<std::string> find_labels(const Settings& settings, const TextFile& training,
                                     const std::vector<std::string>& known, ProgressView& view) {
  if (settings.evaluate_only) return known;
  const std::vector<std::string> labels = label_names(training.rows());
  if (labels.size() < 2) {
    throw Error(ErrorKind::Input, fmt::format("{}: all rows have the label \"{}\", expected at least two labels",
                                              training.name(), labels.front()));
  }
  return choose_labels(labels, known, training.name(), view);
}

/// Classes of texts or pairs.
class ClassTask final : public Task {
 public:
  ClassTask(const Settings& settings, const std::vector<std::string>& known, TextFiles files, ProgressView& view)
      : settings_(settings),
        training_(std::move(files.training)),
        dev_(std::move(files.dev)),
        labels_(find_labels(settings, training_, known, view)),
        training_labels_(label_ids(training_.rows(), labels_, training_.name())),
        dev_labels_(label_ids(dev_.rows(), labels_, dev_.name())) {}

  BertHead head() const override { return BertHead::SequenceClassification; }
  const std::vector<std::string>& labels() const override { return labels_; }
  std::vector<std::string> metrics() const override { return {"accuracy", "f1", "matthews"}; }

  std::vector<TaskExample> training_examples(const Tokenizer& tokenizer) const override {
    return text_examples(tokenizer, training_.rows(), training_labels_, settings_.long_texts());
  }

  std::vector<double> score(BertRunner& runner, const Tokenizer& tokenizer) override {
    predictions_ = dev_.predict(runner, tokenizer, settings_.long_texts());
    std::vector<std::int32_t> predicted;
    for (const TextScores& scores : predictions_) predicted.push_back(static_cast<std::int32_t>(scores.best()));
    const double f1 = labels_.size() == 2 ? f1_binary(predicted, dev_labels_) : f1_macro(predicted, dev_labels_);
    return {accuracy(predicted, dev_labels_), f1, matthews_correlation(predicted, dev_labels_)};
  }

  const char* predictions_name() const override { return "predictions.jsonl"; }
  std::string predictions() const override {
    std::string text;
    for (std::size_t i = 0; i < predictions_.size(); ++i) {
      Json probabilities;
      for (std::size_t k = 0; k < labels_.size(); ++k)
        probabilities[labels_[k]] = shortest(predictions_[i].probabilities[k]);
      text += Json{{"line", dev_.rows()[i].line},
                   {"label", dev_.rows()[i].label},
                   {"prediction", labels_[predictions_[i].best()]},
                   {"probabilities", probabilities}}
                  .dump() +
              "\n";
    }
    return text;
  }

 private:
  const Settings& settings_;
  TextFile training_, dev_;
  std::vector<std::string> labels_;
  std::vector<std::int32_t> training_labels_, dev_labels_;
  std::vector<TextScores> predictions_;
};

/// Scores of texts or pairs.
class ScoreTask final : public Task {
 public:
  ScoreTask(const Settings& settings, TextFiles files)
      : settings_(settings),
        training_(std::move(files.training)),
        dev_(std::move(files.dev)),
        training_scores_(label_scores(training_.rows(), training_.name())),
        dev_scores_(label_scores(dev_.rows(), dev_.name())) {}

  BertHead head() const override { return BertHead::SequenceClassification; }
  const std::vector<std::string>& labels() const override { return labels_; }
  std::vector<std::string> metrics() const override { return {"pearson", "spearman"}; }

  std::vector<TaskExample> training_examples(const Tokenizer& tokenizer) const override {
    return text_examples(tokenizer, training_.rows(), training_scores_, settings_.long_texts());
  }

  std::vector<double> score(BertRunner& runner, const Tokenizer& tokenizer) override {
    predictions_.clear();
    for (const TextScores& scores : dev_.predict(runner, tokenizer, settings_.long_texts())) {
      predictions_.push_back(scores.logits.front());
    }
    return {pearson_correlation(predictions_, dev_scores_), spearman_correlation(predictions_, dev_scores_)};
  }

  const char* predictions_name() const override { return "predictions.jsonl"; }
  std::string predictions() const override {
    std::string text;
    for (std::size_t i = 0; i < predictions_.size(); ++i) {
      const Json row{{"line", dev_.rows()[i].line},
                     {"label", shortest(dev_scores_[i])},
                     {"prediction", shortest(predictions_[i])}};
      text += row.dump() + "\n";
    }
    return text;
  }

 private:
  const Settings& settings_;
  TextFile training_, dev_;
  std::vector<std::string> labels_{"LABEL_0"};  // one output
  std::vector<float> training_scores_, dev_scores_, predictions_;
};

/// Whether the files' labels, and those of the model, are of the kind that a text may have several of. Tells where the
/// two are not of one kind.
bool are_label_sets(const Settings& settings, const KnownLabels& known, const TextFiles& files, ProgressView& view) {
  const TextFile& first = settings.evaluate_only ? files.dev : files.training;
  if (first.has_label_lists()) {
    if (known.names.empty() || known.are_independent) return true;
    if (settings.evaluate_only) {
      throw Error(ErrorKind::Input,
                  fmt::format("{}: a text has several labels, and the model's classes exclude each "
                              "other; give a model with \"problem_type\": \"multi_label_classification\"",
                              first.name()));
    }
    view.say("model: its classes exclude each other, and a text has several labels here: it becomes multi-label");
    return true;
  }
  if (files.dev.has_label_lists()) {
    throw Error(ErrorKind::Input,
                fmt::format("{}: a text has several labels, and in {} it has one; give both files the "
                            "same kind of labels",
                            files.dev.name(), first.name()));
  }
  if (!known.are_independent) return false;
  if (settings.evaluate_only || in_known_order(label_names(first.rows()), known.names) == known.names) {
    view.say(
        "model: its labels are independent (multi_label_classification): a text's label is taken for the only one it "
        "has");
    return true;
  }
  view.say(
      "model: its labels are independent (multi_label_classification), and a text has one of other labels here: it "
      "becomes a model of classes that exclude each other");
  return false;
}

}  // namespace

std::unique_ptr<Task> open_text_task(const Settings& settings, const KnownLabels& known, ProgressView& view) {
  TextFiles files(settings, view);
  if (settings.task == TaskKind::Regress) return std::make_unique<ScoreTask>(settings, std::move(files));
  if (are_label_sets(settings, known, files, view))
    return open_label_sets_task(settings, known.names, std::move(files), view);
  return std::make_unique<ClassTask>(settings, known.names, std::move(files), view);
}

}  // namespace finetune
