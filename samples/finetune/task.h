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
  /// Whether a text may have several of the labels.
  virtual bool has_independent_labels() const { return false; }
  virtual std::vector<scoria::TaskExample> training_examples(const scoria::Tokenizer& tokenizer) const = 0;
  /// Names of the metrics, the usual one first.
  virtual std::vector<std::string> metrics() const = 0;
  /// Predicts the dev file; their values.
  virtual std::vector<double> score(scoria::BertRunner& runner, const scoria::Tokenizer& tokenizer) = 0;
  /// What the last score() predicted, as a file's text.
  virtual std::string predictions() const = 0;
  virtual const char* predictions_name() const = 0;
};

/// The labels of a model.
struct KnownLabels {
  std::vector<std::string> names;
  bool are_independent = false;  ///< a text may have several
};

/// Reads the files. The training file's labels are taken in the order of the known ones where they are the same;
/// without a training file (--eval-only) those are the labels.
std::unique_ptr<Task> open_task(const Settings& settings, const KnownLabels& known, ProgressView& view);

/// The labels to train for: the model's where it knows all of the file's, which is told where it has more; else the
/// file's.
std::vector<std::string> choose_labels(const std::vector<std::string>& of_file, const std::vector<std::string>& known,
                                       const std::string& file, ProgressView& view);

/// Scores the dev file, with the metric first that --metric names.
scoria::TaskScores score_task(Task& task, const std::string& metric, scoria::BertRunner& runner,
                              const scoria::Tokenizer& tokenizer);
/// Throws Error (Usage) for a metric that the task does not have.
void check_metric(const Task& task, const std::string& metric);
/// Writes what was predicted last; returns the file.
std::filesystem::path write_predictions(const Task& task, const std::filesystem::path& folder);

struct TextFiles;
std::unique_ptr<Task> open_text_task(const Settings& settings, const KnownLabels& known, ProgressView& view);
std::unique_ptr<Task> open_label_sets_task(const Settings& settings, const std::vector<std::string>& known,
                                           TextFiles files, ProgressView& view);
std::unique_ptr<Task> open_tag_task(const Settings& settings, const std::vector<std::string>& known,
                                    ProgressView& view);
std::unique_ptr<Task> open_answer_task(const Settings& settings, ProgressView& view);

}  // namespace finetune
