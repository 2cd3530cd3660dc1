#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "text/decoder_steps.h"
#include "text/normalizer_steps.h"
#include "text/pre_tokenizer_steps.h"
#include "text/token_model.h"
#include "text/unigram_lattice.h"

namespace scoria {

/// Everything that makes a Unigram model; the texts are what tokenizer.json says of each part.
struct UnigramParts {
  std::vector<std::string> tokens;
  std::vector<double> scores;
  std::optional<std::int32_t> unknown;
  bool bytes_fall_back = false;
  NormalizerSteps normalizer;
  std::vector<PreTokenizerStep> pre_tokenizer;
  std::vector<DecoderStep> decoder;
  std::string normalizer_json = "null", pre_tokenizer_json = "null", decoder_json = "null";
};

/// SentencePiece's Unigram model, as Hugging Face's tokenizers run it: normalization, pieces that begin where words do,
/// each covered by the likeliest tokens.
///
/// Text is cut at single spaces between ASCII characters that nothing around them changes; there neither normalization
/// nor pieces look across. Stretches of such characters alone are words where they lie; the others are rewritten.
class UnigramModel final : public TokenModel {
 public:
  explicit UnigramModel(UnigramParts parts);

  std::string_view name() const override { return "Unigram"; }
  void append(std::string_view text, std::size_t from, std::size_t to, std::vector<std::int32_t>& ids,
              std::vector<TokenSpan>* spans) const override;
  NormalizedText normalize(std::string_view text, std::size_t from, std::size_t to) const override;
  void append_normalized(const NormalizedText& text, std::size_t from, std::size_t to, std::vector<std::int32_t>& ids,
                         std::vector<TokenSpan>* spans) const override;
  void append_words(const NormalizedText& text, std::size_t from, std::size_t to,
                    std::vector<NormalizedWord>& words) const override;
  /// Where there is a Metaspace, what does not start with its mark; without one each token is a word.
  bool continues_word(std::string_view token) const override;
  /// No Unigram decoder tidies, so clean_up changes nothing.
  std::string decode(const std::vector<std::string_view>& tokens, bool clean_up) const override;
  JsonParts json_parts() const override;
  /// Whether the normalizer and the pre-tokenizer are those that transformers gives every XLMRobertaTokenizer.
  bool is_of_xlm_roberta() const;

 private:
  class Cutter;

  UnigramParts parts_;  // without the tokens, which are TokenModel's
  UnigramLattice lattice_;
  /// How the first and each further word of a stretch begin, where pieces are words.
  enum class WordStart : std::uint8_t { Never, First, Always };
  std::optional<WordStart> word_start_;  // nothing: pieces are no words
  bool space_is_dropped_ = false;        // between words; else it is the first character of the second
  AsciiFold fold_{};                     // all 0 where text cannot be cut before it is normalized
};

}  // namespace scoria
