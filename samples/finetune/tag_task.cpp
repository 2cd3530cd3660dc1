#include <fmt/format.h>

#include <algorithm>

#include "finetune/task.h"
#include "scoria/error.h"
#include "scoria/metrics/entities.h"
#include "scoria/tasks/tagging.h"

namespace finetune {
namespace {

using namespace scoria;
namespace fs = std::filesystem;

std::vector<TaggedSentence> read_sentences(const Settings& settings, const fs::path& file, ProgressView& view) {
  if (file.empty()) return {};
  TaskFileReport report;
  std::vector<TaggedSentence> sentences =
      read_tagged_sentences(file, {settings.tag_columns, settings.format.tagged_words()}, report);
  for (const std::string& line : report.lines()) view.say(line);
  return sentences;
}

double tag_accuracy(const std::vector<std::vector<std::string>>& predicted,
                    const std::vector<std::vector<std::string>>& expected) {
  double right = 0, all = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (std::size_t w = 0; w < expected[i].size(); ++w) right += predicted[i][w] == expected[i][w];
    all += static_cast<double>(expected[i].size());
  }
  return right / all;
}

std::vector<std::string> find_labels(const Settings& settings, const std::vector<TaggedSentence>& training,
                                     const std::vector<std::string>& known, ProgressView& view) {
  if (settings.evaluate_only) return known;
  if (!are_numbers(training)) return choose_labels(tag_names(training), known, settings.training_file.string(), view);
  if (known.empty()) {
    throw Error(ErrorKind::Input,
                fmt::format("{}: its tags are numbers, and the model has no labels to name them; give "
                            "their names in order with --labels O,B-PER,I-PER and so on",
                            settings.training_file.string()));
  }
  return known;
}

/// A tag for each word of sentences.
class TagTask final : public Task {
 public:
  TagTask(const Settings& settings, const std::vector<std::string>& known, ProgressView& view)
      : settings_(settings),
        training_(read_sentences(settings, settings.training_file, view)),
        dev_(read_sentences(settings, settings.dev_file, view)),
        labels_(find_labels(settings, training_, known, view)),
        training_tags_(tag_ids(training_, labels_, settings.training_file.string())) {
    // Refuses what training did not have; and the labels' own names from here on, whatever the file calls them.
    for (const std::vector<std::int32_t>& tags : tag_ids(dev_, labels_, settings.dev_file.string())) {
      std::vector<std::string>& names = expected_.emplace_back();
      for (const std::int32_t tag : tags) names.push_back(labels_[static_cast<std::size_t>(tag)]);
    }
    for (const TaggedSentence& sentence : dev_) words_.push_back(sentence.words);
    if (const auto outside = std::ranges::find(labels_, "O"); outside != labels_.end()) {
      outside_ = static_cast<std::size_t>(outside - labels_.begin());
    }
  }

  BertHead head() const override { return BertHead::TokenClassification; }
  const std::vector<std::string>& labels() const override { return labels_; }
  std::vector<std::string> metrics() const override { return {"f1", "precision", "recall", "accuracy"}; }

  std::vector<TaskExample> training_examples(const Tokenizer& tokenizer) const override {
    return tagging_examples(tokenizer, training_, training_tags_, labels_, settings_.tag_windows(),
                            settings_.all_pieces);
  }

  std::vector<double> score(BertRunner& runner, const Tokenizer& tokenizer) override {
    predicted_.clear();
    for (const std::vector<WordTag>& tags : tag_words(runner, tokenizer, words_, settings_.tag_windows())) {
      std::vector<std::string>& names = predicted_.emplace_back();
      // What clean-up left nothing of is outside of everything.
      for (const WordTag& tag : tags) {
        names.push_back(labels_[tag.label < 0 ? outside_ : static_cast<std::size_t>(tag.label)]);
      }
    }
    const EntityScore found = entity_report(predicted_, expected_).micro;
    return {found.f1, found.precision, found.recall, tag_accuracy(predicted_, expected_)};
  }

  const char* predictions_name() const override { return "predictions.conll"; }
  /// Word, true tag, predicted tag: what conlleval reads.
  std::string predictions() const override {
    std::string text;
    for (std::size_t i = 0; i < predicted_.size(); ++i) {
      for (std::size_t w = 0; w < words_[i].size(); ++w) {
        text += fmt::format("{}\t{}\t{}\n", words_[i][w], expected_[i][w], predicted_[i][w]);
      }
      text += "\n";
    }
    return text;
  }

 private:
  const Settings& settings_;
  std::vector<TaggedSentence> training_, dev_;
  std::vector<std::string> labels_;
  std::vector<std::vector<std::int32_t>> training_tags_;
  std::vector<std::vector<std::string>> words_, expected_, predicted_;
  std::size_t outside_ = 0;
};

}  // namespace

std::unique_ptr<Task> open_tag_task(const Settings& settings, const std::vector<std::string>& known,
                                    ProgressView& view) {
  return std::make_unique<TagTask>(settings, known, view);
}

}  // namespace finetune
