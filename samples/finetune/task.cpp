#include "finetune/task.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/atomic_write.h"
#include "scoria/error.h"

namespace finetune {

using namespace scoria;

std::vector<std::string> choose_labels(const std::vector<std::string>& of_file, const std::vector<std::string>& known,
                                       const std::string& file, ProgressView& view) {
  std::vector<std::string> labels = in_known_order(of_file, known);
  if (labels.size() > of_file.size()) {
    view.say(fmt::format("labels: {} of the model's {} do not occur in {}; its head keeps them all",
                         labels.size() - of_file.size(), labels.size(), file));
  }
  return labels;
}

TaskScores score_task(Task& task, const std::string& metric, BertRunner& runner, const Tokenizer& tokenizer) {
  const std::vector<double> values = task.score(runner, tokenizer);
  const std::vector<std::string> names = task.metrics();
  TaskScores scores;
  for (std::size_t i = 0; i < names.size(); ++i) scores.emplace_back(names[i], values[i]);
  const auto first = std::ranges::find(scores, metric, &TaskScores::value_type::first);
  std::rotate(scores.begin(), first, first + 1);
  return scores;
}

void check_metric(const Task& task, const std::string& metric) {
  const std::vector<std::string> names = task.metrics();
  if (std::ranges::find(names, metric) != names.end()) return;
  throw Error(ErrorKind::Usage,
              fmt::format("--metric must be one of {} for this task, got {}", fmt::join(names, ", "), metric));
}

std::filesystem::path write_predictions(const Task& task, const std::filesystem::path& folder) {
  std::filesystem::path file = folder / task.predictions_name();
  write_atomically(file, task.predictions());
  return file;
}

std::unique_ptr<Task> open_task(const Settings& settings, const KnownLabels& known, ProgressView& view) {
  if (settings.task == TaskKind::Answer) return open_answer_task(settings, view);
  if (settings.task == TaskKind::Tag) return open_tag_task(settings, known.names, view);
  return open_text_task(settings, known, view);
}

}  // namespace finetune
