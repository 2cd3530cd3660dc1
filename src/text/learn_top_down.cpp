#include <algorithm>
#include <limits>
#include <unordered_set>

#include "scoria/error.h"
#include "text/vocabulary_learners.h"
#include "text/word_table.h"
#include "text/tokenizer_model.h"
#include "text/wordpiece.h"

namespace scoria {
namespace {

// Those of wordpiece_tokenizer_learner_lib.py.
constexpr int kRounds = 4;
constexpr std::int64_t kMaxWordCharacters = 50;
constexpr std::int64_t kMaxThreshold = 10'000'000;
constexpr double kSlack = 0.05;

std::int32_t character_count(std::string_view word) {
  return static_cast<std::int32_t>(
      std::count_if(word.begin(), word.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// What may become a token: the characters, and what a word ends with, often enough.
struct Candidate {
  std::string_view bytes;
  bool is_inside;  ///< of a word: written with "##"
  std::int32_t characters;
  std::int32_t prefix;  ///< the longest candidate of the same kind that this one begins with, or -1
};

/// Candidates sorted by bytes, those inside words after the others, so that a prefix stands before what it begins.
class Candidates {
 public:
  /// Both lists sorted; strings outlive this.
  Candidates(const std::vector<std::string_view>& whole, const std::vector<std::string_view>& inside) {
    add(whole, false);
    inside_begin_ = all_.size();
    add(inside, true);
  }

  std::size_t size() const { return all_.size(); }
  const Candidate& operator[](std::int32_t i) const { return all_[static_cast<std::size_t>(i)]; }

  /// The longest candidate that the text, from here to the end of its word, begins with.
  std::int32_t longest_prefix(std::string_view text, bool is_inside) const {
    const auto begin = all_.begin() + static_cast<std::ptrdiff_t>(is_inside ? inside_begin_ : 0);
    const auto end = is_inside ? all_.end() : all_.begin() + static_cast<std::ptrdiff_t>(inside_begin_);
    const auto after =
        std::upper_bound(begin, end, text, [](std::string_view a, const Candidate& b) { return a < b.bytes; });
    auto found = static_cast<std::int32_t>(after - all_.begin()) - 1;
    while (!text.starts_with((*this)[found].bytes)) found = (*this)[found].prefix;
    return found;
  }

 private:
  void add(const std::vector<std::string_view>& sorted, bool is_inside) {
    std::vector<std::int32_t> prefixes;  // of the candidate before, itself included, each of the next
    for (const std::string_view bytes : sorted) {
      while (!prefixes.empty() && !bytes.starts_with((*this)[prefixes.back()].bytes)) prefixes.pop_back();
      const std::int32_t prefix = prefixes.empty() ? -1 : prefixes.back();
      prefixes.push_back(static_cast<std::int32_t>(all_.size()));
      all_.push_back({bytes, is_inside, character_count(bytes), prefix});
    }
  }

  std::vector<Candidate> all_;
  std::size_t inside_begin_ = 0;
};

/// Words that have only characters of the alphabet, and the alphabet that they leave.
struct Input {
  WordCounts words;
  std::vector<std::string> characters;           // sorted
  std::int64_t least_count = 0, most_count = 0;  // of all words, those left out too
};

Input choose_words(const WordCounts& all, std::int32_t alphabet_limit) {
  Input input;
  input.least_count = input.most_count = all.front().second;
  for (const auto& word : all) {
    input.least_count = std::min(input.least_count, word.second);
    input.most_count = std::max(input.most_count, word.second);
    const bool is_special = std::find(kSpecialNames.begin(), kSpecialNames.end(), word.first) != kSpecialNames.end();
    if (!is_special && character_count(word.first) <= kMaxWordCharacters) input.words.push_back(word);
  }
  const std::vector<char32_t> alphabet = choose_alphabet(input.words, alphabet_limit);
  std::vector<bool> is_used(alphabet.size());
  std::erase_if(input.words, [&](const auto& word) {
    std::vector<std::size_t> used;
    bool is_whole = true;
    each_character(word.first, [&](char32_t c) {
      const auto place = std::lower_bound(alphabet.begin(), alphabet.end(), c);
      is_whole = is_whole && place != alphabet.end() && *place == c;
      used.push_back(static_cast<std::size_t>(place - alphabet.begin()));
    });
    if (is_whole)
      for (const std::size_t c : used) is_used[c] = true;
    return !is_whole;
  });
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    if (is_used[i]) input.characters.push_back(utf8_of(alphabet[i]));
  return input;
}

class TopDown {
 public:
  TopDown(const Input& input, std::int64_t least) : candidates_(make_candidates(input, least)) {
    for (const auto& [word, count] : input.words) {
      for (std::size_t at = 0; at < word.size(); at += unicode::decode(word, at).byte_count)
        longest_.push_back(candidates_.longest_prefix(std::string_view(word).substr(at), at > 0));
      words_.push_back({longest_.size(), count});
    }
  }

  struct Token {
    std::string bytes;
    std::int64_t count;
  };
  /// Tokens that occur `threshold` times, and the characters, in order.
  std::vector<Token> learn(std::int64_t threshold) {
    counts_.assign(candidates_.size(), 0);
    matches_.resize(candidates_.size());
    for (int round = 0; round < kRounds; ++round) {
      if (round > 0) find_matches(threshold);
      count(round == 0);
    }
    return tokens(threshold);
  }

 private:
  struct Word {
    std::size_t end;  ///< in longest_
    std::int64_t count;
  };

  Candidates make_candidates(const Input& input, std::int64_t least) {
    std::vector<std::string_view> whole(input.characters.begin(), input.characters.end()), inside = whole;
    for (const auto& [word, count] : input.words) {
      if (count >= least) whole.push_back(word);
      for (std::size_t at = unicode::decode(word, 0).byte_count; at < word.size();
           at += unicode::decode(word, at).byte_count)
        suffixes_.add(std::string_view(word).substr(at), count);
    }
    for (const CountedWord& suffix : suffixes_.sorted())
      if (suffix.count >= least) inside.push_back(suffix.bytes);
    for (std::vector<std::string_view>* list : {&whole, &inside}) {
      std::sort(list->begin(), list->end());
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    return {whole, inside};
  }

  bool is_kept(std::size_t i, std::int64_t threshold) const {
    return counts_[i] >= threshold || candidates_[static_cast<std::int32_t>(i)].characters == 1;
  }

  /// For each candidate, the longest token of the vocabulary so far that it begins with.
  void find_matches(std::int64_t threshold) {
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      const std::int32_t prefix = candidates_[static_cast<std::int32_t>(i)].prefix;
      matches_[i] = is_kept(i, threshold) ? static_cast<std::int32_t>(i) : matches_[static_cast<std::size_t>(prefix)];
    }
  }

  /// Counts the ends of words that start anywhere, or only where a token does.
  void count(bool starts_anywhere) {
    std::fill(counts_.begin(), counts_.end(), 0);
    std::size_t at = 0;
    for (const Word& word : words_) {
      while (at < word.end) {
        const auto longest = static_cast<std::size_t>(longest_[at]);
        if (at + characters_of(longest) == word.end) counts_[longest] += word.count;
        at += starts_anywhere ? 1 : characters_of(static_cast<std::size_t>(matches_[longest]));
      }
    }
  }

  std::size_t characters_of(std::size_t i) const {
    return static_cast<std::size_t>(candidates_[static_cast<std::int32_t>(i)].characters);
  }

  std::vector<Token> tokens(std::int64_t threshold) const {
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!is_kept(i, threshold)) continue;
      const Candidate& candidate = candidates_[static_cast<std::int32_t>(i)];
      // A character that is there only because all are counts as seen once.
      tokens.push_back({std::string(candidate.is_inside ? kContinuation : "").append(candidate.bytes),
                        counts_[i] >= threshold ? counts_[i] : 1});
    }
    std::sort(tokens.begin(), tokens.end(), [](const Token& a, const Token& b) {
      return a.count != b.count ? a.count > b.count : a.bytes < b.bytes;
    });
    return tokens;
  }

  WordTable suffixes_;  // the bytes of candidates_
  Candidates candidates_;
  std::vector<std::int32_t> longest_;  // by character of every word: the longest candidate that starts there
  std::vector<Word> words_;
  std::vector<std::int64_t> counts_;  // by candidate, as matches_
  std::vector<std::int32_t> matches_;
};

std::vector<std::string> in_order(const std::vector<std::string>& characters,
                                  const std::vector<TopDown::Token>& tokens) {
  std::vector<std::string> out(kSpecialNames.begin(), kSpecialNames.end());
  out.insert(out.end(), characters.begin(), characters.end());
  std::unordered_set<std::string_view> seen(characters.begin(), characters.end());
  for (const TopDown::Token& token : tokens)
    if (seen.insert(token.bytes).second) out.push_back(token.bytes);
  return out;
}

}  // namespace

std::vector<std::string> learn_top_down(const WordCounts& words, const VocabularyOptions& options) {
  const Input input = choose_words(words, options.alphabet_limit);
  if (input.words.empty())
    throw Error(ErrorKind::Input, "vocabulary: no word has 50 characters or less, all of them in the alphabet");
  std::int64_t lower = std::max(input.least_count, min_frequency_of(options));
  std::int64_t upper = std::min(input.most_count, kMaxThreshold);
  // Halving may end one below where it began: at lower - 1 when lower and lower + 1 were left and the first was too
  // high.
  TopDown learner(input, std::max<std::int64_t>(1, std::min(lower, upper) - 1));
  const std::int64_t none = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> best = in_order(input.characters, learner.learn(none));
  check_room(static_cast<std::int64_t>(best.size()), options);
  for (;;) {
    const std::int64_t threshold = (lower + upper) / 2;
    std::vector<std::string> tokens = in_order(input.characters, learner.learn(threshold));
    const auto missing = options.size - static_cast<std::int64_t>(tokens.size());
    if (missing >= 0 && tokens.size() > best.size()) best = std::move(tokens);
    const bool is_full = missing >= 0 && static_cast<double>(missing) <= kSlack * options.size;
    if (is_full || lower >= upper || threshold <= 1) return best;
    (missing < 0 ? lower : upper) = missing < 0 ? threshold + 1 : threshold - 1;
  }
}

}  // namespace scoria
