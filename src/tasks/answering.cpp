#include "scoria/tasks/answering.h"

#include "tasks/answer_spans.h"
#include "tasks/limits.h"

namespace scoria {
std::vector<ReadAnswer> answer(BertRunner& runner, const Tokenizer& tokenizer,
                               std::span<const ReadingQuestion> questions, const AnswerOptions& options) {
  require_head(runner, BertHead::QuestionAnswering);
  check_answer_options(options);
  const std::int64_t max_length =
      length_limit(runner, std::min(options.max_length, runner.config().max_position_embeddings));
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
