#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "finetune/task.h"
#include "scoria/error.h"
#include "scoria/metrics/classification.h"
#include "scoria/metrics/correlation.h"
#include "scoria/tasks/sentences.h"
#include "support/shortest.h"

namespace finetune {
namespace {

using namespace scoria;
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::vector<LabelledText> read_texts(const Settings& settings, const fs::path& file, ProgressView& view) {
  if (file.empty()) return {};
  TaskFileReport report;
  std::vector<LabelledText> rows = read_labelled_texts(file, {settings.text_columns}, report);
  for (const std::string& line : report.lines()) view.say(line);
  if (settings.task == TaskKind::Pair && !rows.front().second) {
    throw Error(ErrorKind::Input, fmt::format("{}: one text a row, expected pairs; name the columns with --text-column "
                                              "and --pair-column, or take --task classify",
                                              file.string()));
  }
  return rows;
}

/// The rows of a file, and the model's sight of them.
class TextFile {
 public:
  TextFile(const Settings& settings, const fs::path& file, ProgressView& view)
      : name_(file.string()), rows_(read_texts(settings, file, view)) {
    for (const LabelledText& row : rows_) {
      inputs_.push_back({row.first, row.second ? std::optional<std::string_view>(*row.second) : std::nullopt});
    }
  }

  const std::string& name() const { return name_; }
  const std::vector<LabelledText>& rows() const { return rows_; }

  std::vector<TextScores> predict(BertRunner& runner, const Tokenizer& tokenizer, const LongTexts& long_texts) const {
    return classify(runner, tokenizer, inputs_, long_texts);
  }

 private:
  std::string name_;
  std::vector<LabelledText> rows_;
  std::vector<TextInput> inputs_;
};

std::vector<std::string> find_labels(const Settings& settings, const TextFile& training,
                                     const std::vector<std::string>& known) {
  if (settings.evaluate_only) return known;
  std::vector<std::string> labels = label_names(training.rows());
  if (labels.size() < 2) {
    throw Error(ErrorKind::Input, fmt::format("{}: all rows have the label \"{}\", expected at least two labels",
                                              training.name(), labels.front()));
  }
  return in_known_order(std::move(labels), known);
}

/// Classes of texts or pairs.
class ClassTask final : public Task {
 public:
  ClassTask(const Settings& settings, const std::vector<std::string>& known, ProgressView& view)
      : settings_(settings),
        training_(settings, settings.training_file, view),
        dev_(settings, settings.dev_file, view),
        labels_(find_labels(settings, training_, known)),
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
  ScoreTask(const Settings& settings, ProgressView& view)
      : settings_(settings),
        training_(settings, settings.training_file, view),
        dev_(settings, settings.dev_file, view),
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

}  // namespace

std::unique_ptr<Task> open_text_task(const Settings& settings, const std::vector<std::string>& known,
                                     ProgressView& view) {
  if (settings.task == TaskKind::Regress) return std::make_unique<ScoreTask>(settings, view);
  return std::make_unique<ClassTask>(settings, known, view);
}

}  // namespace finetune
