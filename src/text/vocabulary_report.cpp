#include <fmt/core.h>

#include <algorithm>
#include <unordered_set>

#include "scoria/error.h"
#include "scoria/text/vocabulary.h"
#include "text/vocabulary_learners.h"
#include "text/tokenizer_model.h"
#include "text/wordpiece.h"

namespace scoria {
namespace {

std::int64_t character_count(std::string_view text) {
  std::int64_t count = 0;
  each_character(text, [&](char32_t) { ++count; });
  return count;
}

/// The same WordPiece for words that are normalized already.
WordPieceModel without_normalization(const Tokenizer& tokenizer) {
  const auto* pieces = dynamic_cast<const WordPieceModel*>(tokenizer.model().pieces.get());
  if (!pieces)
    throw Error(ErrorKind::Usage,
                fmt::format("a report is of a WordPiece vocabulary; this is {}", tokenizer.model_name()));
  WordPieceOptions options = tokenizer.options();
  options.text.lower_case = options.text.clean_text = options.text.split_ideographs = false;
  options.text.strip_accents = false;
  return WordPieceModel(pieces->tokens(), tokenizer.token(tokenizer.unk_id()), options);
}

struct Uses {
  std::int64_t words = 0, unknown = 0, whole = 0, tokens = 0, characters = 0, known_characters = 0;
  std::vector<std::int64_t> of_token;
};

Uses count_uses(const Tokenizer& tokenizer, const WordCounts& word_counts) {
  std::unordered_set<char32_t> alphabet;
  for (std::int32_t id = 0; id < tokenizer.size(); ++id)
    if (character_count(tokenizer.token(id)) == 1)
      each_character(tokenizer.token(id), [&](char32_t c) { alphabet.insert(c); });
  const WordPieceModel plain = without_normalization(tokenizer);
  Uses uses;
  uses.of_token.resize(static_cast<std::size_t>(tokenizer.size()));
  std::vector<std::int32_t> ids;
  for (const auto& [word, count] : word_counts) {
    std::int64_t characters = 0;
    each_character(word, [&, n = count](char32_t c) {
      ++characters;
      if (alphabet.contains(c)) uses.known_characters += n;
    });
    uses.characters += characters * count;
    uses.words += count;
    ids.clear();
    plain.append(word, 0, word.size(), ids, nullptr);
    if (ids.size() == 1) (ids.front() == tokenizer.unk_id() ? uses.unknown : uses.whole) += count;
    uses.tokens += static_cast<std::int64_t>(ids.size()) * count;
    for (const std::int32_t id : ids) uses.of_token[static_cast<std::size_t>(id)] += count;
  }
  return uses;
}

template <typename Before>
std::vector<VocabularyReport::Piece> first_pieces(std::vector<std::int32_t> ids, std::size_t count, Before before,
                                                  const Tokenizer& tokenizer, const Uses& uses) {
  count = std::min(count, ids.size());
  std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count), ids.end(), before);
  std::vector<VocabularyReport::Piece> pieces;
  for (std::size_t i = 0; i < count; ++i)
    pieces.push_back({tokenizer.token(ids[i]), uses.of_token[static_cast<std::size_t>(ids[i])]});
  return pieces;
}

double part(std::int64_t of, std::int64_t all) {
  return all == 0 ? 0 : static_cast<double>(of) / static_cast<double>(all);
}

}  // namespace

VocabularyReport report_vocabulary(const Tokenizer& tokenizer, const WordCounts& word_counts, std::size_t shown) {
  const Uses uses = count_uses(tokenizer, word_counts);
  VocabularyReport report;
  report.words = uses.words;
  report.different_words = static_cast<std::int64_t>(word_counts.size());
  report.character_coverage = part(uses.known_characters, uses.characters);
  report.unknown_rate = part(uses.unknown, uses.words);
  report.whole_word_rate = part(uses.whole, uses.words);
  report.tokens_per_word = part(uses.tokens, uses.words);

  std::vector<std::int32_t> ids;
  std::vector<std::int64_t> lengths;
  for (std::int32_t id = 0; id < tokenizer.size(); ++id) {
    const std::string_view token = tokenizer.token(id);
    lengths.push_back(character_count(token.starts_with(kContinuation) ? token.substr(kContinuation.size()) : token));
    if (!tokenizer.is_special(id)) ids.push_back(id);
  }
  const auto length = [&](std::int32_t id) { return lengths[static_cast<std::size_t>(id)]; };
  const auto count = [&](std::int32_t id) { return uses.of_token[static_cast<std::size_t>(id)]; };
  report.unused_tokens = std::count_if(ids.begin(), ids.end(), [&](std::int32_t id) { return count(id) == 0; });
  const auto is_longer = [&](std::int32_t a, std::int32_t b) {
    return length(a) != length(b) ? length(a) > length(b) : a < b;
  };
  const auto is_rarer = [&](std::int32_t a, std::int32_t b) {
    return count(a) != count(b) ? count(a) < count(b) : a > b;
  };
  report.longest = first_pieces(ids, shown, is_longer, tokenizer, uses);
  report.rarest = first_pieces(ids, shown, is_rarer, tokenizer, uses);
  return report;
}

}  // namespace scoria
