#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "scoria/error.h"
#include "scoria/text/vocabulary.h"
#include "text/pair_merges.h"
#include "text/unicode.h"
#include "text/wordpiece_model.h"

namespace scoria {
namespace {

using WordCounts = std::vector<std::pair<std::string, std::int64_t>>;

/// The tokens so far and their ids.
class Vocabulary {
 public:
  std::int32_t add(const std::string& token) {
    const auto [place, is_new] = ids_.try_emplace(token, static_cast<std::int32_t>(tokens_.size()));
    if (is_new) tokens_.push_back(token);
    return place->second;
  }
  bool has(const std::string& token) const { return ids_.contains(token); }
  const std::string& token(std::int32_t id) const { return tokens_[static_cast<std::size_t>(id)]; }
  std::int32_t size() const { return static_cast<std::int32_t>(tokens_.size()); }
  std::vector<std::string> take() { return std::move(tokens_); }

 private:
  std::vector<std::string> tokens_;
  std::unordered_map<std::string, std::int32_t> ids_;
};

template <typename Visit>
void each_character(std::string_view word, Visit visit) {
  for (std::size_t at = 0; at < word.size();) {
    const auto [c, size] = unicode::decode(word, at);
    visit(c, std::string(word.substr(at, size)));
    at += size;
  }
}

void add_alphabet(const WordCounts& words, std::int32_t limit, Vocabulary& vocabulary) {
  std::map<char32_t, std::int64_t> counts;
  for (const auto& [word, count] : words)
    each_character(word, [&, n = count](char32_t c, const std::string&) { counts[c] += n; });
  std::vector<std::pair<char32_t, std::int64_t>> kept(counts.begin(), counts.end());
  if (kept.size() > static_cast<std::size_t>(limit)) {
    std::stable_sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    kept.resize(static_cast<std::size_t>(limit));
    std::sort(kept.begin(), kept.end());
  }
  for (const auto& [c, count] : kept) {
    std::string token;
    unicode::append_utf8(token, c);
    vocabulary.add(token);
  }
}

/// Each word as pieces of one character; characters outside the alphabet are left out, as Hugging Face does.
std::vector<std::vector<std::int32_t>> cut_words(const WordCounts& words, Vocabulary& vocabulary) {
  std::vector<std::vector<std::int32_t>> out;
  out.reserve(words.size());
  for (const auto& [word, count] : words) {
    std::vector<std::int32_t>& pieces = out.emplace_back();
    bool first = true;
    each_character(word, [&](char32_t, const std::string& character) {
      if (vocabulary.has(character))
        pieces.push_back(vocabulary.add(first ? character : std::string(kContinuation) + character));
      first = false;
    });
  }
  return out;
}

std::string join(const std::string& left, std::string right) {
  if (right.starts_with(kContinuation)) right.erase(0, kContinuation.size());
  return left + right;
}

void check_options(const VocabularyOptions& options) {
  if (options.alphabet_limit < 1)
    throw Error(ErrorKind::Usage,
                fmt::format("vocabulary: alphabet_limit must be at least 1, got {}", options.alphabet_limit));
  if (options.size < 1)
    throw Error(ErrorKind::Usage, fmt::format("vocabulary: the size must be positive, got {}", options.size));
}

}  // namespace

std::vector<std::string> train_vocabulary(WordCounts words, const VocabularyOptions& options) {
  check_options(options);
  if (words.empty())
    throw Error(ErrorKind::Input, "vocabulary: the text has no words; give a corpus with some letters in it");
  std::sort(words.begin(), words.end());
  Vocabulary vocabulary;
  for (const std::string_view special : kSpecialNames) vocabulary.add(std::string(special));
  add_alphabet(words, options.alphabet_limit, vocabulary);
  std::vector<std::vector<std::int32_t>> pieces = cut_words(words, vocabulary);
  if (options.size < vocabulary.size())
    throw Error(
        ErrorKind::Usage,
        fmt::format("vocabulary: a size of {0} has no room for the characters of the text: {1} tokens are needed "
                    "before the first merge. Ask for more than {1}, or lower the alphabet limit",
                    options.size, vocabulary.size()));
  std::vector<std::int64_t> counts;
  counts.reserve(words.size());
  for (const auto& [word, count] : words) counts.push_back(count);
  PairMerges merges(std::move(pieces), std::move(counts));
  PairMerges::Pair pair{};
  while (vocabulary.size() < options.size && merges.next(options.min_frequency, pair))
    merges.merge(vocabulary.add(join(vocabulary.token(pair.left), vocabulary.token(pair.right))));
  return vocabulary.take();
}

}  // namespace scoria
