#include "scoria/tasks/sentences.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scoria/error.h"
#include "tasks/cut_texts.h"
#include "tasks/limits.h"
#include "tasks/softmax.h"

namespace scoria {
namespace {

std::vector<float> mean_of(std::span<const Tensor> windows) {
  std::vector<float> mean;
  for (std::size_t label = 0; label < windows[0].values<float>().size(); ++label) {
    double sum = 0;
    for (const Tensor& window : windows) sum += window.values<float>()[label];
    mean.push_back(static_cast<float>(sum / static_cast<double>(windows.size())));
  }
  return mean;
}

using Probabilities = std::vector<float> (*)(std::span<const float> logits);

std::vector<float> identity(std::span<const float> logits) { return {logits.begin(), logits.end()}; }

std::vector<float> tanhs(std::span<const float> logits) {
  std::vector<float> result;
  for (const double x : logits) result.push_back(static_cast<float>(std::tanh(x)));
  return result;
}

Probabilities function_of(ScoreFunction function) {
  switch (function) {
    case ScoreFunction::Identity:
      return identity;
    case ScoreFunction::Sigmoid:
      return sigmoids;
    case ScoreFunction::Tanh:
      return tanhs;
    case ScoreFunction::Softmax:
      break;
  }
  return softmax;
}

const Tensor& surest_of(std::span<const Tensor> windows, Probabilities probabilities) {
  const auto certainty = [&](const Tensor& logits) { return std::ranges::max(probabilities(logits.values<float>())); };
  return *std::ranges::max_element(windows, {}, certainty);
}

TextScores pool(std::span<const Tensor> windows, LongTexts::Pooling pooling, Probabilities probabilities) {
  TextScores scores;
  if (pooling == LongTexts::Pooling::Mean && windows.size() > 1) {
    scores.logits = mean_of(windows);
  } else {
    const std::span<const float> logits = surest_of(windows, probabilities).values<float>();
    scores.logits.assign(logits.begin(), logits.end());
  }
  scores.probabilities = probabilities(scores.logits);
  return scores;
}

}  // namespace

std::size_t TextScores::best() const {
  return static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
}

std::vector<TextScores> classify(BertRunner& runner, const Tokenizer& tokenizer, std::span<const TextInput> texts,
                                 const LongTexts& long_texts) {
  require_head(runner, BertHead::SequenceClassification);
  const CutTexts cut = cut_texts(tokenizer, texts, length_limit(runner, tokenizer, long_texts.max_length), long_texts.stride);
  const std::vector<Tensor> logits = runner.logits(cut.windows);
  const Probabilities probabilities = function_of(runner.config().score_function());
  std::vector<TextScores> results;
  for (std::span<const Tensor> left = logits; const std::size_t count : cut.counts) {
    results.push_back(pool(left.first(count), long_texts.pooling, probabilities));
    left = left.subspan(count);
  }
  return results;
}

std::vector<float> next_sentence(BertRunner& runner, const Tokenizer& tokenizer, std::span<const TextInput> pairs,
                                 std::int64_t max_length) {
  if (runner.head() != BertHead::Pretraining) require_head(runner, BertHead::NextSentence);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (!pairs[i].second) throw Error(ErrorKind::Usage, fmt::format("text {} has no second; give pairs", i));
  }
  std::vector<float> results;
  const CutTexts cut = cut_texts(tokenizer, pairs, length_limit(runner, tokenizer, max_length), 0);
  for (const Tensor& logits : runner.logits(cut.windows)) {
    results.push_back(softmax(logits.values<float>())[0]);
  }
  return results;
}

std::string label_name(std::span<const std::string> names, std::size_t label) {
  return label < names.size() ? names[label] : fmt::format("LABEL_{}", label);
}

}  // namespace scoria
