#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scoria/text/encoding.h"

namespace scoria {

/// A stretch of text after normalization, with the raw bytes that each of its bytes came from.
using NormalizedText = NormalizedWord;

/// What turns plain text, that is text between added tokens, into ids, and ids into text: WordPiece, or another. Knows
/// nothing of added tokens, of what is put around a text, of windows or padding: these are Tokenizer's. Immutable.
class TokenModel {
 public:
  /// tokens[i] has id i; an empty one is a hole. Of a token that is there twice the last counts.
  explicit TokenModel(std::vector<std::string> tokens);
  TokenModel(const TokenModel&) = delete;
  TokenModel& operator=(const TokenModel&) = delete;
  virtual ~TokenModel() = default;

  const std::vector<std::string>& tokens() const { return tokens_; }
  std::optional<std::int32_t> id(std::string_view token) const;

  /// As tokenizer.json calls it: "WordPiece".
  virtual std::string_view name() const = 0;
  /// Adds the ids of text[from, to) and, unless `spans` is null, the bytes of `text` that each came from. What lies
  /// before `from` is an added token, or nothing where from is 0.
  virtual void append(std::string_view text, std::size_t from, std::size_t to, std::vector<std::int32_t>& ids,
                      std::vector<TokenSpan>* spans) const = 0;

  /// The two halves of append, for tokenizers with added tokens that are looked for in normalized text; spans and
  /// sources are bytes of the raw text.
  virtual NormalizedText normalize(std::string_view text, std::size_t from, std::size_t to) const = 0;
  virtual void append_normalized(const NormalizedText& text, std::size_t from, std::size_t to,
                                 std::vector<std::int32_t>& ids, std::vector<TokenSpan>* spans) const = 0;

  /// Adds the words of a normalized stretch, as the vocabulary is matched against them: to look at.
  virtual void append_words(const NormalizedText& text, std::size_t from, std::size_t to,
                            std::vector<NormalizedWord>& words) const = 0;

  /// Whether a token of the vocabulary is a further piece of the word before it.
  virtual bool continues_word(std::string_view token) const = 0;

  /// Text from tokens, as the decoder of tokenizers makes it and, with clean_up, as BERT's tidies it.
  virtual std::string decode(const std::vector<std::string_view>& tokens, bool clean_up) const = 0;

  /// The same, with text lower-cased first, and nothing else changed (accents stay where they stayed); null: it cannot.
  virtual std::unique_ptr<TokenModel> lower_cased() const { return nullptr; }

  /// What of tokenizer.json is the model's, each as JSON.
  struct JsonParts {
    std::string normalizer, pre_tokenizer, decoder, model;
  };
  virtual JsonParts json_parts() const = 0;

 private:
  std::vector<std::string> tokens_;
  std::unordered_map<std::string_view, std::int32_t> ids_;  // into tokens_
};

}  // namespace scoria
