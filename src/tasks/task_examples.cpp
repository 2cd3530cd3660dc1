#include "scoria/tasks/task_examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "scoria/error.h"
#include "tasks/answer_spans.h"
#include "tasks/cut_texts.h"
#include "tasks/word_windows.h"

namespace scoria {
namespace {

TaskExample example_of(Encoding text) { return {std::move(text.ids), std::move(text.segments), {}, 0}; }

void check_length(std::int64_t max_length) {
  if (max_length >= 8) return;
  throw Error(ErrorKind::Usage, fmt::format("--seq-len must be at least 8, got {}", max_length));
}

/// The rows' examples; `learn` gives each what it learns from its row's number.
template <typename Learn>
std::vector<TaskExample> make_text_examples(const Tokenizer& tokenizer, const std::vector<LabelledText>& rows,
                                            const LongTexts& long_texts, const Learn& learn) {
  check_length(long_texts.max_length);
  std::vector<TextInput> texts;
  for (const LabelledText& row : rows)
    texts.push_back({row.first, row.second ? std::optional<std::string_view>(*row.second) : std::nullopt});
  CutTexts cut = cut_texts(tokenizer, texts, long_texts.max_length, long_texts.stride);
  std::vector<TaskExample> examples;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t i = 0; i < cut.counts[row]; ++i) {
      examples.push_back(example_of(std::move(cut.windows[examples.size()])));
      learn(row, examples.back());
    }
  }
  return examples;
}

/// The tag of a word's later pieces: I- where the word's is B-.
std::vector<std::int32_t> continued_tags(const std::vector<std::string>& names) {
  std::vector<std::int32_t> continued;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string inside = names[i].starts_with("B-") ? "I-" + names[i].substr(2) : names[i];
    const auto found = std::ranges::find(names, inside);
    continued.push_back(static_cast<std::int32_t>(found == names.end() ? i : found - names.begin()));
  }
  return continued;
}

/// What each piece of a sentence learns; `continued` is empty where only first pieces do.
std::vector<std::int32_t> tags_of_pieces(const WordsInPieces& words, const std::vector<std::int32_t>& tags,
                                         const std::vector<std::int32_t>& continued) {
  std::vector<std::int32_t> learned;
  const WordPieces& pieces = words.pieces;
  for (std::size_t w = 0; w < words.numbers.size(); ++w) {
    const std::int32_t tag = tags[words.numbers[w]];
    const bool is_last = w + 1 == words.numbers.size();
    learned.push_back(tag);
    learned.resize(is_last ? pieces.ids.size() : pieces.first_pieces[w + 1], continued.empty() ? -1 : continued[tag]);
  }
  return learned;
}

void add_tagged_windows(const Tokenizer& tokenizer, const WordPieces& pieces, const std::vector<std::int32_t>& tags,
                        const TagWindows& options, std::vector<TaskExample>& examples) {
  const std::size_t first = examples.size();
  const std::vector<PieceWindow> windows = word_windows(pieces, options, static_cast<std::size_t>(options.max_length));
  for (const PieceWindow& window : windows) {
    examples.push_back(example_of(window_text(tokenizer, pieces, window)));
    examples.back().labels.assign(examples.back().ids.size(), -1);
  }
  for (std::size_t piece = 0; piece < tags.size(); ++piece) {
    const std::size_t window = window_of_most_context(windows, piece);
    examples[first + window].labels[1 + piece - windows[window].begin] = tags[piece];
  }
}

/// First and last token of the answer in a window that holds all of it.
std::optional<std::pair<std::int32_t, std::int32_t>> answer_tokens(const ReadingWindow& window, bool is_last,
                                                                   const AnswerSpan& answer) {
  const std::size_t begin = *answer.begin, end = begin + answer.text.size();
  const auto context = std::span(window.text.offsets).subspan(window.first, window.part.length());
  const auto touches = [&](const TokenSpan& place) { return place.end > begin && place.begin < end; };
  const auto first = std::ranges::find_if(context, touches);
  if (first == context.end()) return {};
  if (window.part.begin > 0 && context.front().begin > begin) return {};
  if (!is_last && context.back().end < end) return {};
  const auto last = std::prev(std::find_if_not(first, context.end(), touches));
  const auto place = [&](auto token) { return static_cast<std::int32_t>(window.first) + (token - context.begin()); };
  return {{static_cast<std::int32_t>(place(first)), static_cast<std::int32_t>(place(last))}};
}

void add_answer_windows(const Tokenizer& tokenizer, const ReadingQuestion& question, const AnswerSpan* answer,
                        const AnswerOptions& options, std::vector<TaskExample>& examples) {
  const std::size_t first = examples.size();
  std::vector<ReadingWindow> windows = reading_windows(tokenizer, question, options, options.max_length);
  bool is_anywhere = false;
  for (ReadingWindow& window : windows) {
    const auto tokens = answer ? answer_tokens(window, &window == &windows.back(), *answer) : std::nullopt;
    is_anywhere = is_anywhere || tokens;
    examples.push_back(example_of(std::move(window.text)));
    examples.back().labels = tokens ? std::vector{tokens->first, tokens->second} : std::vector{0, 0};
  }
  // An answer that no window holds, or of which clean-up left nothing, teaches that there is none: not so.
  if (answer && !is_anywhere) examples.resize(first);
}

}  // namespace

std::vector<TaskExample> text_examples(const Tokenizer& tokenizer, const std::vector<LabelledText>& rows,
                                       std::span<const std::int32_t> labels, const LongTexts& long_texts) {
  SCORIA_CHECK(labels.size() == rows.size(), "a label a row");
  return make_text_examples(tokenizer, rows, long_texts,
                            [&](std::size_t row, TaskExample& example) { example.labels = {labels[row]}; });
}

std::vector<TaskExample> text_examples(const Tokenizer& tokenizer, const std::vector<LabelledText>& rows,
                                       std::span<const float> scores, const LongTexts& long_texts) {
  SCORIA_CHECK(scores.size() == rows.size(), "a score a row");
  return make_text_examples(tokenizer, rows, long_texts,
                            [&](std::size_t row, TaskExample& example) { example.score = scores[row]; });
}

std::vector<TaskExample> text_examples(const Tokenizer& tokenizer, const std::vector<LabelledText>& rows,
                                       const std::vector<std::vector<std::int32_t>>& label_sets,
                                       std::size_t label_count, const LongTexts& long_texts) {
  SCORIA_CHECK(label_sets.size() == rows.size(), "a set of labels a row");
  return make_text_examples(tokenizer, rows, long_texts, [&](std::size_t row, TaskExample& example) {
    example.labels.assign(label_count, 0);
    for (const std::int32_t label : label_sets[row]) example.labels.at(static_cast<std::size_t>(label)) = 1;
  });
}

std::vector<TaskExample> tagging_examples(const Tokenizer& tokenizer, const std::vector<TaggedSentence>& sentences,
                                          const std::vector<std::vector<std::int32_t>>& tags,
                                          const std::vector<std::string>& names, const TagWindows& windows,
                                          bool all_pieces) {
  check_length(windows.max_length);
  SCORIA_CHECK(tags.size() == sentences.size(), "tags for each sentence");
  const std::vector<std::int32_t> continued = all_pieces ? continued_tags(names) : std::vector<std::int32_t>();
  std::vector<TaskExample> examples;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const WordsInPieces words = split_words(tokenizer, sentences[i].words);
    add_tagged_windows(tokenizer, words.pieces, tags_of_pieces(words, tags[i], continued), windows, examples);
  }
  return examples;
}

std::vector<TaskExample> answer_examples(const Tokenizer& tokenizer, const std::vector<ReadingQuestion>& questions,
                                         const AnswerOptions& options) {
  check_answer_options(options);
  std::vector<TaskExample> examples;
  for (const ReadingQuestion& question : questions) {
    const auto placed = std::ranges::find_if(question.answers, [](const AnswerSpan& a) { return a.begin.has_value(); });
    if (question.impossible) {
      add_answer_windows(tokenizer, question, nullptr, options, examples);
    } else if (placed != question.answers.end()) {
      add_answer_windows(tokenizer, question, &*placed, options, examples);
    }
  }
  return examples;
}

std::vector<float> balanced_class_weights(const std::vector<TaskExample>& examples, std::int64_t classes) {
  std::vector<double> counts(static_cast<std::size_t>(classes));
  double all = 0;
  for (const TaskExample& example : examples) {
    for (const std::int32_t label : example.labels) {
      if (label < 0 || label >= classes) continue;
      counts[label] += 1;
      all += 1;
    }
  }
  std::vector<float> weights;
  for (const double count : counts) {
    weights.push_back(count > 0 ? static_cast<float>(all / (static_cast<double>(classes) * count)) : 0.0f);
  }
  return weights;
}

std::vector<float> balanced_label_weights(const std::vector<TaskExample>& examples, std::int64_t labels) {
  std::vector<double> counts(static_cast<std::size_t>(labels));
  for (const TaskExample& example : examples) {
    for (std::size_t label = 0; label < counts.size() && label < example.labels.size(); ++label)
      counts[label] += example.labels[label];
  }
  std::vector<float> weights;
  for (const double count : counts)
    weights.push_back(count > 0 ? static_cast<float>((static_cast<double>(examples.size()) - count) / count) : 1.0f);
  return weights;
}

}  // namespace scoria
