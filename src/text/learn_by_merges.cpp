#include <unordered_map>

#include "text/likelihood_merges.h"
#include "text/pair_merges.h"
#include "text/vocabulary_learners.h"
#include "text/tokenizer_model.h"
#include "text/wordpiece.h"

namespace scoria {
namespace {

/// The tokens so far and their ids.
class Vocabulary {
 public:
  std::int32_t add(const std::string& token) {
    const auto [place, is_new] = ids_.try_emplace(token, size());
    if (is_new) tokens_.push_back(token);
    return place->second;
  }
  /// The token of two neighbours: the second without its "##".
  std::int32_t add_joined(const PairTable::Pair& pair) {
    std::string token = tokens_[static_cast<std::size_t>(pair.left)];
    const std::string_view right = tokens_[static_cast<std::size_t>(pair.right)];
    return add(token.append(right.starts_with(kContinuation) ? right.substr(kContinuation.size()) : right));
  }
  std::int32_t size() const { return static_cast<std::int32_t>(tokens_.size()); }
  std::vector<std::string> take() { return std::move(tokens_); }

 private:
  std::vector<std::string> tokens_;
  std::unordered_map<std::string, std::int32_t> ids_;
};

/// Each word as pieces of one character; characters outside the alphabet are left out, as Hugging Face does.
SplitWords split_words(const WordCounts& words, const std::vector<char32_t>& alphabet, Vocabulary& vocabulary) {
  struct Ids {
    std::int32_t first, inside;
  };
  std::unordered_map<char32_t, Ids> ids;
  for (const char32_t c : alphabet) ids[c] = {vocabulary.add(utf8_of(c)), -1};
  SplitWords out;
  for (const auto& [word, count] : words) {
    bool first = true;
    each_character(word, [&](char32_t c) {
      const auto found = ids.find(c);
      if (found != ids.end()) {
        std::int32_t& inside = found->second.inside;
        if (!first && inside < 0) inside = vocabulary.add(std::string(kContinuation) + utf8_of(c));
        out.add_piece(first ? found->second.first : inside);
      }
      first = false;
    });
    out.end_word(count);
  }
  return out;
}

template <typename Merges>
void merge_all(Merges merges, std::int32_t size, Vocabulary& vocabulary) {
  while (vocabulary.size() < size) {
    const PairTable::Pair* pair = merges.next();
    if (!pair) return;
    merges.merge(vocabulary.add_joined(*pair));
  }
}

}  // namespace

std::vector<std::string> learn_by_merges(const WordCounts& words, const VocabularyOptions& options) {
  Vocabulary vocabulary;
  for (const std::string_view special : kSpecialNames) vocabulary.add(std::string(special));
  SplitWords split = split_words(words, choose_alphabet(words, options.alphabet_limit), vocabulary);
  check_room(vocabulary.size(), options);
  const std::int64_t least = min_frequency_of(options);
  if (options.algorithm == VocabularyAlgorithm::Likelihood)
    merge_all(LikelihoodMerges(std::move(split), least), options.size, vocabulary);
  else
    merge_all(PairMerges(std::move(split), least), options.size, vocabulary);
  return vocabulary.take();
}

}  // namespace scoria
