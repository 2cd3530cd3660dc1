#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "finetune/task.h"
#include "finetune/text_file.h"
#include "scoria/error.h"
#include "scoria/metrics/classification.h"
#include "support/shortest.h"

namespace finetune {
namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;
using Sets = std::vector<std::vector<std::int32_t>>;

std::vector<std::string> find_labels(const Settings& settings, const TextFile& training,
                                     const std::vector<std::string>& known, ProgressView& view) {
  if (settings.evaluate_only) return known;
  std::vector<std::string> labels = choose_labels(label_names(training.rows()), known, training.name(), view);
  if (labels.size() < 2) {
    throw Error(ErrorKind::Input, fmt::format("{}: {} labels in its lists, expected at least two", training.name(),
                                              labels.empty() ? "no" : "one"));
  }
  return labels;
}

/// Labels of texts or pairs, of which a text may have several, or none.
class LabelSetsTask final : public Task {
 public:
  LabelSetsTask(const Settings& settings, const std::vector<std::string>& known, TextFiles files, ProgressView& view)
      : settings_(settings),
        files_(std::move(files)),
        labels_(find_labels(settings, files_.training, known, view)),
        training_labels_(label_sets(files_.training.rows(), labels_, files_.training.name())),
        dev_labels_(label_sets(files_.dev.rows(), labels_, files_.dev.name())) {}

  BertHead head() const override { return BertHead::SequenceClassification; }
  const std::vector<std::string>& labels() const override { return labels_; }
  bool has_independent_labels() const override { return true; }
  std::vector<std::string> metrics() const override {
    return {"f1_micro", "f1_macro", "f1_samples", "subset_accuracy"};
  }

  std::vector<TaskExample> training_examples(const Tokenizer& tokenizer) const override {
    return text_examples(tokenizer, files_.training.rows(), training_labels_, labels_.size(), settings_.long_texts());
  }

  std::vector<double> score(BertRunner& runner, const Tokenizer& tokenizer) override {
    predictions_ = files_.dev.predict(runner, tokenizer, settings_.long_texts());
    predicted_.clear();
    for (const TextScores& scores : predictions_) predicted_.push_back(likely_labels(scores));
    return {multilabel_f1_micro(predicted_, dev_labels_),
            multilabel_f1_macro(predicted_, dev_labels_, static_cast<std::int32_t>(labels_.size())),
            multilabel_f1_samples(predicted_, dev_labels_), subset_accuracy(predicted_, dev_labels_)};
  }

  const char* predictions_name() const override { return "predictions.jsonl"; }
  std::string predictions() const override {
    std::string text;
    for (std::size_t i = 0; i < predictions_.size(); ++i) {
      Json probabilities;
      for (std::size_t k = 0; k < labels_.size(); ++k)
        probabilities[labels_[k]] = shortest(predictions_[i].probabilities[k]);
      text += Json{{"line", files_.dev.rows()[i].line},
                   {"labels", names_of(dev_labels_[i])},
                   {"predictions", names_of(predicted_[i])},
                   {"probabilities", probabilities}}
                  .dump() +
              "\n";
    }
    return text;
  }

 private:
  /// Those more likely than not, as predict prints them.
  static std::vector<std::int32_t> likely_labels(const TextScores& scores) {
    std::vector<std::int32_t> labels;
    for (std::size_t k = 0; k < scores.probabilities.size(); ++k) {
      if (scores.probabilities[k] > 0.5f) labels.push_back(static_cast<std::int32_t>(k));
    }
    return labels;
  }

  std::vector<std::string> names_of(const std::vector<std::int32_t>& ids) const {
    std::vector<std::string> names;
    for (const std::int32_t id : ids) names.push_back(labels_[static_cast<std::size_t>(id)]);
    return names;
  }

  const Settings& settings_;
  TextFiles files_;
  std::vector<std::string> labels_;
  Sets training_labels_, dev_labels_, predicted_;
  std::vector<TextScores> predictions_;
};

}  // namespace

std::unique_ptr<Task> open_label_sets_task(const Settings& settings, const std::vector<std::string>& known,
                                           TextFiles files, ProgressView& view) {
  return std::make_unique<LabelSetsTask>(settings, known, std::move(files), view);
}

}  // namespace finetune
