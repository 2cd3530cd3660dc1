#include "scoria/tasks/tagging.h"

#include <algorithm>

#include "scoria/metrics/entities.h"
#include "scoria/tasks/sentences.h"
#include "tasks/limits.h"
#include "tasks/softmax.h"
#include "tasks/word_windows.h"

namespace scoria {
namespace {

WordTag tag_of(const Tensor& logits, std::size_t row) {
  const auto labels = static_cast<std::size_t>(logits.shape().row_size());
  const std::vector<float> probabilities = softmax(logits.values<float>().subspan(row * labels, labels));
  const auto best = std::ranges::max_element(probabilities);
  return {static_cast<std::int32_t>(best - probabilities.begin()), *best};
}

std::vector<WordTag> tags_of(const WordPieces& pieces, std::span<const PieceWindow> windows,
                             std::span<const Tensor> logits) {
  std::vector<WordTag> tags;
  for (const std::size_t piece : pieces.first_pieces) {
    const std::size_t window = window_of_most_context(windows, piece);
    tags.push_back(tag_of(logits[window], 1 + piece - windows[window].begin));
  }
  return tags;
}

// The tag of each word that has pieces, for each sentence.
std::vector<std::vector<WordTag>> tag_pieces(BertRunner& runner, const Tokenizer& tokenizer,
                                             std::span<const WordPieces> sentences, const TagWindows& options) {
  require_head(runner, BertHead::TokenClassification);
  const auto max_length = static_cast<std::size_t>(length_limit(runner, tokenizer, options.max_length));
  std::vector<std::vector<PieceWindow>> windows;
  std::vector<Encoding> texts;
  for (const WordPieces& pieces : sentences) {
    windows.push_back(word_windows(pieces, options, max_length));
    for (const PieceWindow& window : windows.back()) texts.push_back(window_text(tokenizer, pieces, window));
  }
  const std::vector<Tensor> logits = runner.logits(texts);
  std::vector<std::vector<WordTag>> results;
  std::span<const Tensor> left = logits;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    results.push_back(tags_of(sentences[i], windows[i], left.first(windows[i].size())));
    left = left.subspan(windows[i].size());
  }
  return results;
}

// Word for word; `spans` gets the bytes of each, without the space that may be part of a word's first token.
WordPieces split_text(const Tokenizer& tokenizer, std::string_view text, std::vector<TokenSpan>& spans) {
  WordPieces pieces;
  std::vector<TokenSpan> offsets;
  tokenizer.append(text, pieces.ids, offsets);
  for (std::size_t i = 0; i < pieces.ids.size(); ++i) {
    if (!spans.empty() && tokenizer.continues_word(pieces.ids[i])) {
      spans.back().end = offsets[i].end;
    } else {
      pieces.first_pieces.push_back(i);
      spans.push_back(offsets[i]);
    }
  }
  for (TokenSpan& span : spans)
    while (span.end - span.begin > 1 && text[span.begin] == ' ') ++span.begin;
  return pieces;
}

// A label without a prefix goes on with the word before it, if that has the same: "PER" is "I-PER".
std::string prefixed(const WordTag& tag, std::span<const std::string> names) {
  if (tag.label < 0) return "O";
  const std::string name = label_name(names, static_cast<std::size_t>(tag.label));
  const bool has_prefix =
      name.size() > 1 && name[1] == '-' && std::string_view("BIES").find(name[0]) != std::string_view::npos;
  return has_prefix || name == "O" ? name : "I-" + name;
}

}  // namespace

std::vector<std::vector<WordTag>> tag_words(BertRunner& runner, const Tokenizer& tokenizer,
                                            std::span<const std::vector<std::string>> sentences,
                                            const TagWindows& windows) {
  std::vector<WordPieces> pieces;
  std::vector<std::vector<std::size_t>> numbers;  // of the words that have pieces
  for (const std::vector<std::string>& words : sentences) {
    WordsInPieces split = split_words(tokenizer, words);
    pieces.push_back(std::move(split.pieces));
    numbers.push_back(std::move(split.numbers));
  }
  const std::vector<std::vector<WordTag>> tags = tag_pieces(runner, tokenizer, pieces, windows);
  std::vector<std::vector<WordTag>> results(sentences.size());
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    results[i].resize(sentences[i].size());
    for (std::size_t j = 0; j < numbers[i].size(); ++j) results[i][numbers[i][j]] = tags[i][j];
  }
  return results;
}

std::vector<TaggedText> tag_texts(BertRunner& runner, const Tokenizer& tokenizer,
                                  std::span<const std::string_view> texts, const TagWindows& windows) {
  std::vector<TaggedText> results(texts.size());
  std::vector<WordPieces> pieces;
  for (std::size_t i = 0; i < texts.size(); ++i) pieces.push_back(split_text(tokenizer, texts[i], results[i].words));
  std::vector<std::vector<WordTag>> tags = tag_pieces(runner, tokenizer, pieces, windows);
  for (std::size_t i = 0; i < texts.size(); ++i) results[i].tags = std::move(tags[i]);
  return results;
}

std::vector<EntitySpan> entity_spans(std::span<const WordTag> tags, std::span<const std::string> names) {
  std::vector<std::string> written;
  for (const WordTag& tag : tags) written.push_back(prefixed(tag, names));
  std::vector<EntitySpan> spans;
  for (Entity& entity : entities_of(written)) {
    double sum = 0;
    for (const WordTag& tag : tags.subspan(entity.begin, entity.end - entity.begin)) sum += tag.probability;
    const auto probability = static_cast<float>(sum / static_cast<double>(entity.end - entity.begin));
    spans.push_back({std::move(entity), probability});
  }
  return spans;
}

}  // namespace scoria
