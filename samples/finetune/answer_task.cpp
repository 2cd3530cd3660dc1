#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "finetune/task.h"
#include "scoria/error.h"
#include "scoria/metrics/squad.h"
#include "scoria/tasks/answering.h"

namespace finetune {
namespace {

using namespace scoria;
namespace fs = std::filesystem;

std::vector<ReadingQuestion> read_file(const fs::path& file, ProgressView& view) {
  if (file.empty()) return {};
  TaskFileReport report;
  std::vector<ReadingQuestion> questions = read_questions(file, report);
  for (const std::string& line : report.lines()) view.say(line);
  for (const ReadingQuestion& question : questions) {
    if (!question.answers.empty() || question.impossible) continue;
    throw Error(ErrorKind::Input, fmt::format("{}: question \"{}\" has no answer and is not marked impossible",
                                              file.string(), question.id));
  }
  return questions;
}

/// Answers that are part of a context, as SQuAD asks for.
class AnswerTask final : public Task {
 public:
  AnswerTask(const Settings& settings, ProgressView& view)
      : training_(read_file(settings.training_file, view)),
        dev_(read_file(settings.dev_file, view)),
        options_(settings.answer_options()) {
    options_.may_be_impossible = std::ranges::any_of(dev_, &ReadingQuestion::impossible);
  }

  BertHead head() const override { return BertHead::QuestionAnswering; }
  const std::vector<std::string>& labels() const override { return labels_; }
  std::vector<std::string> metrics() const override { return {"f1", "exact"}; }

  std::vector<TaskExample> training_examples(const Tokenizer& tokenizer) const override {
    return answer_examples(tokenizer, training_, options_);
  }

  std::vector<double> score(BertRunner& runner, const Tokenizer& tokenizer) override {
    predictions_ = answer(runner, tokenizer, dev_, options_);
    std::vector<SquadAnswer> answers;
    for (std::size_t i = 0; i < dev_.size(); ++i) {
      SquadAnswer& scored = answers.emplace_back(SquadAnswer{predictions_[i].text, {}, 0});
      for (const AnswerSpan& reference : dev_[i].answers) scored.references.push_back(reference.text);
    }
    const SquadScore found = options_.may_be_impossible ? squad_v2_score(answers).all : squad_v1_score(answers);
    return {found.f1, found.exact};
  }

  const char* predictions_name() const override { return "predictions.json"; }
  /// {id: text}: what the official scorers read.
  std::string predictions() const override {
    nlohmann::ordered_json texts;
    for (std::size_t i = 0; i < predictions_.size(); ++i) texts[dev_[i].id] = predictions_[i].text;
    return texts.dump(2) + "\n";
  }

 private:
  std::vector<ReadingQuestion> training_, dev_;
  AnswerOptions options_;
  std::vector<std::string> labels_;
  std::vector<ReadAnswer> predictions_;
};

}  // namespace

std::unique_ptr<Task> open_answer_task(const Settings& settings, ProgressView& view) {
  settings.format.check_questions();
  return std::make_unique<AnswerTask>(settings, view);
}

}  // namespace finetune
