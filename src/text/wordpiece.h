#pragma once

#include "scoria/text/tokenizer.h"
#include "text/piece_trie.h"
#include "text/token_model.h"
#include "text/word_splitter.h"

namespace scoria {

inline constexpr std::string_view kContinuation = "##";

/// BERT's: normalization, words at spaces and around punctuation, the longest piece from the left.
/// Source: Wu et al. 2016, "Google's Neural Machine Translation System", section 4.1, in the greedy form of BERT.
class WordPieceModel final : public TokenModel {
 public:
  /// `unknown` is the token of a word that cannot be covered; it is among the tokens.
  WordPieceModel(std::vector<std::string> tokens, std::string_view unknown, const WordPieceOptions& options);

  std::string_view name() const override { return "WordPiece"; }
  void append(std::string_view text, std::size_t from, std::size_t to, std::vector<std::int32_t>& ids,
              std::vector<TokenSpan>* spans) const override;
  NormalizedText normalize(std::string_view text, std::size_t from, std::size_t to) const override;
  void append_normalized(const NormalizedText& text, std::size_t from, std::size_t to, std::vector<std::int32_t>& ids,
                         std::vector<TokenSpan>* spans) const override;
  void append_words(const NormalizedText& text, std::size_t from, std::size_t to,
                    std::vector<NormalizedWord>& words) const override;
  bool continues_word(std::string_view token) const override { return token.starts_with(kContinuation); }
  std::string decode(const std::vector<std::string_view>& tokens, bool clean_up) const override;
  std::unique_ptr<TokenModel> lower_cased() const override;
  JsonParts json_parts() const override;

  const WordPieceOptions& options() const { return options_; }
  std::size_t max_word_characters() const { return max_word_characters_; }

 private:
  template <typename Spans>
  class Cutter;

  WordPieceOptions options_;
  std::size_t max_word_characters_;
  std::int32_t unknown_;
  PieceTrie trie_;
  std::int32_t continuation_root_ = PieceTrie::kNowhere;
  WordSplitter splitter_;        // of raw text; copied for use
  WordSplitter plain_splitter_;  // of normalized text
};

}  // namespace scoria
