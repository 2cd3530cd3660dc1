#include "scoria/tasks/answering.h"

#include <fmt/format.h>

#include <algorithm>

#include "scoria/error.h"
#include "tasks/answer_spans.h"
#include "tasks/limits.h"

namespace scoria {
namespace {

// [CLS], [SEP] twice and a token of the context.
constexpr std::int64_t kBesideQuestion = 4;

}  // namespace

AnswerOptions answer_options_of(std::int64_t max_length) {
  AnswerOptions options;
  options.max_length = max_length;
  options.stride = std::clamp<std::int64_t>(max_length / 2, 1, options.stride);
  const std::int64_t most = std::min(max_length / 2, max_length - kBesideQuestion);
  options.max_question = std::clamp<std::int64_t>(most, 0, options.max_question);
  return options;
}

void check_room_for_context(const AnswerOptions& options) {
  if (options.max_question + kBesideQuestion <= options.max_length) return;
  throw Error(ErrorKind::Usage,
              fmt::format("questions of {} tokens leave no room for the context in windows of {}; give --max-question {} "
                          "at most",
                          options.max_question, options.max_length, options.max_length - kBesideQuestion));
}

std::vector<ReadAnswer> answer(BertRunner& runner, const Tokenizer& tokenizer,
                               std::span<const ReadingQuestion> questions, const AnswerOptions& options) {
  require_head(runner, BertHead::QuestionAnswering);
  check_answer_options(options);
  const std::int64_t max_length =
      length_limit(runner, tokenizer, std::min(options.max_length, runner.config().max_position_embeddings));
  std::vector<Encoding> texts;
  std::vector<std::vector<ReadingWindow>> windows;
  for (const ReadingQuestion& question : questions) {
    windows.push_back(reading_windows(tokenizer, question, options, max_length));
    for (ReadingWindow& window : windows.back()) texts.push_back(window.text);
  }
  const std::vector<Tensor> logits = runner.logits(texts);
  std::vector<ReadAnswer> results;
  std::span<const Tensor> left = logits;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::size_t count = windows[i].size();
    results.push_back(best_answer(windows[i], left.first(count), *questions[i].context, options));
    left = left.subspan(count);
  }
  return results;
}

}  // namespace scoria
