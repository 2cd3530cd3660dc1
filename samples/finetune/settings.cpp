#include "finetune/settings.h"

#include <algorithm>

namespace finetune {

Recipe recipe_of(TaskKind task) {
  if (task == TaskKind::Answer) return {2, 12, 384, 128, 3e-5f};
  return {3, 32, 128, 64, 5e-5f};
}

const char* task_name(TaskKind task) {
  switch (task) {
    case TaskKind::Classify:
      return "classify";
    case TaskKind::Pair:
      return "pair";
    case TaskKind::Regress:
      return "regress";
    case TaskKind::Tag:
      return "tag";
    case TaskKind::Answer:
      break;
  }
  return "qa";
}

std::int64_t Settings::max_length() const {
  return sequence_length.value_or(std::min(recipe_of(task).sequence_length, most_tokens));
}

std::int64_t Settings::step() const { return stride.value_or(std::min(recipe_of(task).stride, max_length() / 2)); }

scoria::LongTexts Settings::long_texts() const {
  return {.max_length = max_length(), .stride = windows ? step() : 0};
}

scoria::TagWindows Settings::tag_windows() const { return {max_length(), step()}; }

scoria::AnswerOptions Settings::answer_options() const {
  scoria::AnswerOptions options = scoria::answer_options_of(max_length());
  options.stride = step();
  options.max_question = max_question.value_or(options.max_question);
  options.max_answer = max_answer;
  return options;
}

}  // namespace finetune
