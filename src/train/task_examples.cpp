#include "scoria/train/task_examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Ids = std::vector<std::int32_t>;

std::int64_t length_of(const Ids& ids) { return static_cast<std::int64_t>(ids.size()); }

void check_windows(const ExampleWindows& windows, std::int64_t least) {
  if (windows.max_length < least) {
    throw Error(ErrorKind::Usage, fmt::format("--seq-len must be at least {}, got {}", least, windows.max_length));
  }
  if (windows.windows && windows.stride < 1) {
    throw Error(ErrorKind::Usage, fmt::format("--stride must be at least 1, got {}", windows.stride));
  }
}

/// Where windows of at most `capacity` tokens over `count` begin, as run_squad.py places them.
std::vector<std::int64_t> window_starts(std::int64_t count, std::int64_t capacity, std::int64_t stride) {
  std::vector<std::int64_t> starts{0};
  while (starts.back() + capacity < count) starts.push_back(starts.back() + std::min(stride, capacity));
  return starts;
}

/// [CLS] first [SEP] and, where there is a second, second [SEP].
TaskExample join(const WordPiece& tokenizer, std::span<const std::int32_t> first,
                 const std::optional<std::span<const std::int32_t>>& second) {
  TaskExample example;
  example.ids.push_back(tokenizer.cls_id());
  example.ids.insert(example.ids.end(), first.begin(), first.end());
  example.ids.push_back(tokenizer.sep_id());
  example.segments.assign(example.ids.size(), 0);
  if (!second) return example;
  example.ids.insert(example.ids.end(), second->begin(), second->end());
  example.ids.push_back(tokenizer.sep_id());
  example.segments.resize(example.ids.size(), 1);
  return example;
}

// Windows of the text, or of the second of a pair beside the first.
void add_windows(const WordPiece& tokenizer, const LabelledText& row, const ExampleWindows& windows,
                 std::vector<TaskExample>& examples) {
  Ids first, second;
  tokenizer.append_ids(row.first, first);
  if (row.second) tokenizer.append_ids(*row.second, second);
  const std::int64_t half = std::max<std::int64_t>(1, (windows.max_length - 3) / 2);
  if (row.second) first.resize(std::min(first.size(), static_cast<std::size_t>(half)));
  const Ids& cut = row.second ? second : first;
  const std::int64_t capacity = windows.max_length - (row.second ? length_of(first) + 3 : 2);
  for (const std::int64_t start : window_starts(length_of(cut), capacity, windows.stride)) {
    const auto part = std::span(cut).subspan(start, std::min(capacity, length_of(cut) - start));
    examples.push_back(row.second ? join(tokenizer, first, part) : join(tokenizer, part, {}));
  }
}

/// The rows' examples; `learn` gives each what it learns from its row's number.
template <typename Learn>
std::vector<TaskExample> make_text_examples(const WordPiece& tokenizer, const std::vector<LabelledText>& rows,
                                            const ExampleWindows& windows, const Learn& learn) {
  check_windows(windows, 8);
  std::vector<TaskExample> examples;
  EncodeOptions options;
  options.truncation = Truncation::LongestFirst;
  options.max_length = static_cast<std::uint32_t>(windows.max_length);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t first = examples.size();
    if (windows.windows) {
      add_windows(tokenizer, rows[i], windows, examples);
    } else {
      TextInput input{rows[i].first, {}};
      if (rows[i].second) input.second = *rows[i].second;
      Encoding encoding = tokenizer.encode(input, options);
      examples.push_back({std::move(encoding.ids), std::move(encoding.segments), {}, 0});
    }
    for (std::size_t k = first; k < examples.size(); ++k) learn(i, examples[k]);
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

/// The pieces of a sentence with the tag each learns, and where its words begin.
struct TaggedPieces {
  Ids ids, tags;
  std::vector<std::int64_t> words;  ///< first piece of each, and the end
};

TaggedPieces split_words(const WordPiece& tokenizer, const std::vector<std::string>& words, const Ids& tags,
                         const std::vector<std::int32_t>& continued) {
  TaggedPieces pieces;
  pieces.words.push_back(0);
  for (std::size_t w = 0; w < words.size(); ++w) {
    tokenizer.append_ids(words[w], pieces.ids);
    if (pieces.tags.size() < pieces.ids.size()) pieces.tags.push_back(tags[w]);
    pieces.tags.resize(pieces.ids.size(), continued.empty() ? -1 : continued[tags[w]]);
    pieces.words.push_back(length_of(pieces.ids));
  }
  return pieces;
}

/// The window of pieces [start, end); those from `learned` on carry their tags.
TaskExample tagged_window(const WordPiece& tokenizer, const TaggedPieces& pieces, std::int64_t start, std::int64_t end,
                          std::int64_t learned) {
  TaskExample example = join(tokenizer, std::span(pieces.ids).subspan(start, end - start), {});
  example.labels.assign(example.ids.size(), -1);
  for (std::int64_t piece = std::max(start, learned); piece < end; ++piece) {
    example.labels[1 + piece - start] = pieces.tags[piece];
  }
  return example;
}

// A window ends at the last word that fits whole, or inside a word that no window could hold.
std::int64_t window_end(const TaggedPieces& pieces, std::int64_t start, std::int64_t capacity) {
  const std::int64_t limit = start + capacity;
  const auto past = std::ranges::upper_bound(pieces.words, limit);
  const std::int64_t end = *std::prev(past);
  return end > start ? end : std::min(limit, length_of(pieces.ids));
}

void add_tagged_windows(const WordPiece& tokenizer, const TaggedPieces& pieces, const ExampleWindows& windows,
                        std::vector<TaskExample>& examples) {
  const std::int64_t capacity = windows.max_length - 2;
  std::int64_t start = 0, learned = 0;
  while (true) {
    const std::int64_t end = window_end(pieces, start, capacity);
    examples.push_back(tagged_window(tokenizer, pieces, start, end, learned));
    if (end == length_of(pieces.ids) || !windows.windows) return;
    learned = end;
    // On to the first word at or beyond the stride, but never past what was not learned yet.
    const auto next = std::ranges::lower_bound(pieces.words, start + windows.stride);
    start = std::min(end, next == pieces.words.end() ? end : *next);
  }
}

/// A question's tokens, and those of its context with their places in it.
struct QuestionTokens {
  Ids question, context;
  std::vector<TokenSpan> places;
};

/// First and last token of an answer in the context; none if no token of it is there.
std::optional<std::pair<std::int64_t, std::int64_t>> answer_tokens(const QuestionTokens& tokens,
                                                                   const AnswerSpan& answer) {
  const std::size_t begin = *answer.begin, end = begin + answer.text.size();
  std::int64_t first = -1, last = -1;
  for (std::size_t i = 0; i < tokens.places.size(); ++i) {
    if (tokens.places[i].end <= begin || tokens.places[i].begin >= end) continue;
    if (first < 0) first = static_cast<std::int64_t>(i);
    last = static_cast<std::int64_t>(i);
  }
  if (first < 0) return {};
  return {{first, last}};
}

void add_answer_windows(const WordPiece& tokenizer, const QuestionTokens& tokens,
                        const std::optional<std::pair<std::int64_t, std::int64_t>>& answer,
                        const ExampleWindows& windows, std::vector<TaskExample>& examples) {
  const std::int64_t before = length_of(tokens.question) + 2, count = length_of(tokens.context);
  const std::int64_t capacity = windows.max_length - before - 1;
  std::vector<std::int64_t> starts{0};
  if (windows.windows) starts = window_starts(count, capacity, windows.stride);
  for (const std::int64_t start : starts) {
    const std::int64_t end = std::min(count, start + capacity);
    TaskExample example = join(tokenizer, tokens.question, std::span(tokens.context).subspan(start, end - start));
    example.labels = {0, 0};
    if (answer && answer->first >= start && answer->second < end) {
      example.labels = {static_cast<std::int32_t>(before + answer->first - start),
                        static_cast<std::int32_t>(before + answer->second - start)};
    }
    examples.push_back(std::move(example));
  }
}

}  // namespace

std::vector<TaskExample> text_examples(const WordPiece& tokenizer, const std::vector<LabelledText>& rows,
                                       std::span<const std::int32_t> labels, const ExampleWindows& windows) {
  SCORIA_CHECK(labels.size() == rows.size(), "a label a row");
  return make_text_examples(tokenizer, rows, windows,
                            [&](std::size_t row, TaskExample& example) { example.labels = {labels[row]}; });
}

std::vector<TaskExample> text_examples(const WordPiece& tokenizer, const std::vector<LabelledText>& rows,
                                       std::span<const float> scores, const ExampleWindows& windows) {
  SCORIA_CHECK(scores.size() == rows.size(), "a score a row");
  return make_text_examples(tokenizer, rows, windows,
                            [&](std::size_t row, TaskExample& example) { example.score = scores[row]; });
}

std::vector<TaskExample> tagging_examples(const WordPiece& tokenizer, const std::vector<TaggedSentence>& sentences,
                                          const std::vector<std::vector<std::int32_t>>& tags,
                                          const std::vector<std::string>& names, const ExampleWindows& windows,
                                          bool all_pieces) {
  check_windows(windows, 3);
  SCORIA_CHECK(tags.size() == sentences.size(), "tags for each sentence");
  const std::vector<std::int32_t> continued = all_pieces ? continued_tags(names) : std::vector<std::int32_t>();
  std::vector<TaskExample> examples;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    add_tagged_windows(tokenizer, split_words(tokenizer, sentences[i].words, tags[i], continued), windows, examples);
  }
  return examples;
}

std::vector<TaskExample> answer_examples(const WordPiece& tokenizer, const std::vector<ReadingQuestion>& questions,
                                         const ExampleWindows& windows, std::int64_t max_question) {
  check_windows(windows, max_question + 8);
  std::vector<TaskExample> examples;
  for (const ReadingQuestion& question : questions) {
    const auto placed = std::ranges::find_if(question.answers, [](const AnswerSpan& a) { return a.begin.has_value(); });
    if (placed == question.answers.end() && !question.impossible) continue;
    QuestionTokens tokens;
    tokenizer.append_ids(question.question, tokens.question);
    tokens.question.resize(std::min(tokens.question.size(), static_cast<std::size_t>(max_question)));
    tokenizer.append(*question.context, tokens.context, tokens.places);
    const auto answer = question.impossible ? std::nullopt : answer_tokens(tokens, *placed);
    if (!answer && !question.impossible) continue;
    add_answer_windows(tokenizer, tokens, answer, windows, examples);
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

}  // namespace scoria
