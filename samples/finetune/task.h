#pragma once

#include <memory>
#include <string>
#include <vector>

#include "finetune/settings.h"
#include "scoria/tasks/bert_runner.h"
#include "scoria/text/tokenizer.h"
#include "support/progress_view.h"

namespace finetune {

/// The data of a task, and what its predictions are worth.
class Task {
 public:
  virtual ~Task() = default;
  virtual scoria::BertHead head() const = 0;
  /// Of the classifier, by index; one for a score; none for answers.
  virtual const std::vector<std::string>& labels() const = 0;
  virtual std::vector<scoria::TaskExample> training_examples(const scoria::Tokenizer& tokenizer) const = 0;
  /// Names of the metrics, the usual one first.
  virtual std::vector<std::string> metrics() const = 0;
  /// Predicts the dev file; their values.
  virtual std::vector<double> score(scoria::BertRunner& runner, const scoria::Tokenizer& tokenizer) = 0;
  /// What the last score() predicted, as a file's text.
  virtual std::string predictions() const = 0;
  virtual const char* predictions_name() const = 0;
};

/// Reads the files. `known` are the labels of the model, in whose order the training file's are taken where they are
/// the same; without a training file (--eval-only) they are the labels.
std::unique_ptr<Task> open_task(const Settings& settings, const std::vector<std::string>& known, ProgressView& view);

/// The order that a model gave labels, if they are the same; else the new one.
std::vector<std::string> in_known_order(std::vector<std::string> labels, const std::vector<std::string>& known);

/// Scores the dev file, with the metric first that --metric names.
scoria::TaskScores score_task(Task& task, const std::string& metric, scoria::BertRunner& runner,
                              const scoria::Tokenizer& tokenizer);
/// Throws Error (Usage) for a metric that the task does not have.
void check_metric(const Task& task, const std::string& metric);
/// Writes what was predicted last; returns the file.
std::filesystem::path write_predictions(const Task& task, const std::filesystem::path& folder);

std::unique_ptr<Task> open_text_task(const Settings& settings, const std::vector<std::string>& known,
                                     ProgressView& view);
std::unique_ptr<Task> open_tag_task(const Settings& settings, const std::vector<std::string>& known,
                                    ProgressView& view);
std::unique_ptr<Task> open_answer_task(const Settings& settings, ProgressView& view);

}  // namespace finetune
