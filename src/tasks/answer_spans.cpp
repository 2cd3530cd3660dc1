#include "tasks/answer_spans.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "scoria/error.h"
#include "scoria/tasks/text_windows.h"
#include "tasks/softmax.h"

namespace scoria {
namespace {

// A pair of places in a window that may be an answer.
struct SpanScore {
  TokenSpan place;
  double score = 0;
};

struct Findings {
  std::vector<SpanScore> spans;
  double null_score = std::numeric_limits<double>::infinity();
};

// `parts` are those of all windows; only in one of them has a token most context.
void look_at(const ReadingWindow& window, std::span<const PieceWindow> parts, std::size_t index, const Tensor& logits,
             const AnswerOptions& options, Findings& findings) {
  const std::size_t n = window.text.ids.size(), end = window.first + window.part.length();
  const std::span<const float> starts = logits.values<float>().first(n), ends = logits.values<float>().subspan(n, n);
  findings.null_score = std::min(findings.null_score, static_cast<double>(starts[0]) + ends[0]);
  const std::vector<std::size_t> best_ends = largest_places(ends, options.best_count);
  for (const std::size_t start : largest_places(starts, options.best_count)) {
    if (start < window.first || start >= end) continue;
    if (window_of_most_context(parts, window.part.begin + start - window.first) != index) continue;
    for (const std::size_t last : best_ends) {
      if (last < start || last >= end || static_cast<std::int64_t>(last - start) >= options.max_answer) continue;
      findings.spans.push_back({{window.text.offsets[start].begin, window.text.offsets[last].end},
                                static_cast<double>(starts[start]) + ends[last]});
    }
  }
}

// Without the space that is part of a word's first token where words are marked so.
TokenSpan trimmed(std::string_view context, TokenSpan place) {
  while (place.begin < place.end && context[place.begin] == ' ') ++place.begin;
  return place;
}

// The best spans, each text once, and no answer among them where there may be none.
std::vector<AnswerCandidate> candidates_of(Findings& findings, std::string_view context, const AnswerOptions& options) {
  if (options.may_be_impossible) findings.spans.push_back({{}, findings.null_score});
  std::ranges::stable_sort(findings.spans, std::ranges::greater(), &SpanScore::score);
  std::vector<AnswerCandidate> candidates;
  std::set<std::string_view> seen;
  for (const auto& [whole, score] : findings.spans) {
    if (candidates.size() == options.best_count) break;
    const TokenSpan place = trimmed(context, whole);
    if (place.begin == place.end && whole.begin != whole.end) continue;  // a space alone
    const std::string_view text = context.substr(place.begin, place.end - place.begin);
    if (seen.insert(text).second) candidates.push_back({std::string(text), place, score});
  }
  if (options.may_be_impossible && !seen.contains("")) candidates.push_back({"", {}, findings.null_score});
  if (candidates.empty()) candidates.push_back({});  // no span is allowed: a context of nothing, say
  return candidates;
}

void add_probabilities(std::vector<AnswerCandidate>& candidates) {
  std::vector<float> scores;
  for (const AnswerCandidate& candidate : candidates) scores.push_back(static_cast<float>(candidate.score));
  const std::vector<float> probabilities = softmax(scores);
  for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].probability = probabilities[i];
}

/// The question, its first tokens `kept`, and the context, with all that the tokenizer puts around them.
Encoding join(const Tokenizer& tokenizer, const ReadingQuestion& question, std::size_t count, std::size_t kept) {
  Encoding text = tokenizer.encode_pair(question.question, *question.context);
  const auto begin = std::ranges::find(text.special_tokens_mask, 0) - text.special_tokens_mask.begin();
  const auto erase = [&](auto& list) {
    list.erase(list.begin() + begin + static_cast<std::ptrdiff_t>(kept),
               list.begin() + begin + static_cast<std::ptrdiff_t>(count));
  };
  if (count == kept) return text;
  erase(text.ids);
  erase(text.offsets);
  erase(text.segments);
  erase(text.attention_mask);
  erase(text.special_tokens_mask);
  return text;
}

}  // namespace

void check_answer_options(const AnswerOptions& options) {
  if (options.best_count > 0 && options.max_answer > 0 && options.stride > 0 && options.max_question >= 0) return;
  throw Error(ErrorKind::Usage,
              fmt::format("answers: best_count {}, max_answer {}, stride {}, max_question {}; give "
                          "positive numbers",
                          options.best_count, options.max_answer, options.stride, options.max_question));
}

std::vector<ReadingWindow> reading_windows(const Tokenizer& tokenizer, const ReadingQuestion& question,
                                           const AnswerOptions& options, std::int64_t max_length) {
  std::vector<std::int32_t> asked;
  tokenizer.append_ids(question.question, asked);
  const std::size_t kept = std::min(asked.size(), static_cast<std::size_t>(options.max_question));
  const Encoding whole = join(tokenizer, question, asked.size(), kept);
  const std::size_t fixed = fixed_tokens(whole, kept);
  const auto stride = static_cast<std::size_t>(options.stride);
  std::vector<ReadingWindow> windows;
  std::size_t begin = 0;
  for (Encoding& text : text_windows(whole, fixed, static_cast<std::size_t>(max_length), stride)) {
    const std::size_t length = text.ids.size() - fixed - 1;
    windows.push_back({std::move(text), fixed, {begin, begin + length}});
    begin += std::min(stride, length);
  }
  return windows;
}

ReadAnswer best_answer(std::span<const ReadingWindow> windows, std::span<const Tensor> logits, std::string_view context,
                       const AnswerOptions& options) {
  std::vector<PieceWindow> parts;
  for (const ReadingWindow& window : windows) parts.push_back(window.part);
  Findings findings;
  for (std::size_t i = 0; i < windows.size(); ++i) look_at(windows[i], parts, i, logits[i], options, findings);
  ReadAnswer result;
  result.candidates = candidates_of(findings, context, options);
  add_probabilities(result.candidates);
  const auto best = std::ranges::find_if(result.candidates, [](const auto& c) { return !c.text.empty(); });
  if (best == result.candidates.end()) return result;
  if (options.may_be_impossible) result.null_odds = findings.null_score - best->score;
  if (options.may_be_impossible && result.null_odds > options.null_threshold) return result;
  result.text = best->text;
  result.place = best->place;
  return result;
}

}  // namespace scoria
