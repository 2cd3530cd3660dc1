#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/text/tokenizer.h"
#include "text/added_tokens.h"
#include "text/token_model.h"

namespace scoria {

enum SpecialToken { kPad, kUnk, kCls, kSep, kMask, kSpecialCount };
inline constexpr std::array<std::string_view, kSpecialCount> kSpecialNames = {"[PAD]", "[UNK]", "[CLS]", "[SEP]",
                                                                              "[MASK]"};

/// A place of what is fed to a model: one of the texts, or a token put beside them.
struct TemplateItem {
  enum Kind { First, Second, Special };
  Kind kind = Special;
  std::int32_t segment = 0;
  std::int32_t id = -1;
  friend bool operator==(const TemplateItem&, const TemplateItem&) = default;
};
using Template = std::vector<TemplateItem>;

/// Everything that makes a tokenizer.
struct TokenizerParts {
  std::unique_ptr<TokenModel> pieces;
  /// Each is of `pieces` or has an id of its own.
  std::vector<AddedToken> added_tokens;
  /// pad_token, unk_token and so on; an empty one: there is none.
  std::array<std::string, kSpecialCount> special_names = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  /// Around a text and a pair; empty: cls A sep, and cls A sep B sep with segments 0 and 1.
  Template single = {}, pair = {};
  WordPieceOptions options = {};
  std::optional<std::int64_t> max_length = {};
  /// False: what special tokens look like is text.
  bool finds_special = true;
  /// False: the model is not fed segments, all are 0.
  bool has_segments = true;

  /// The id of a token, added or not; -1: there is none.
  std::int32_t id(std::string_view token) const;
  std::int32_t id(SpecialToken token) const { return id(special_names[token]); }
};

/// [CLS] A [SEP], or [CLS] A [SEP] B [SEP] with segments 0 and 1.
Template bert_template(std::int32_t cls, std::int32_t sep, bool is_pair);
/// WordPiece with the five special tokens by their usual names, all of which are there.
TokenizerParts bert_parts(std::vector<std::string> tokens, const WordPieceOptions& options);

struct Tokenizer::Model {
  explicit Model(TokenizerParts parts);

  std::optional<std::int32_t> id(std::string_view token) const;

  std::unique_ptr<TokenModel> pieces;
  AddedTokens added;
  std::vector<std::string> tokens;  // by id, those of `pieces` and those added; "" has no token
  std::array<std::string, kSpecialCount> special_names;
  std::array<std::int32_t, kSpecialCount> specials{};
  Template single, pair;
  WordPieceOptions options;
  std::optional<std::int64_t> max_length;
  bool finds_special, has_segments;
};

bool is_utf8(std::string_view text);

/// What a vocabulary may look like; `source` is the file it came from, for messages, or empty. An empty token is one
/// that no text has, a token that is there twice has the last id.
/// Throws Error (Input) naming source and line.
void check_vocabulary(const std::vector<std::string>& tokens, const std::string& source);
/// Throws Error (Input) unless the five special tokens are there.
void check_special_tokens(const std::vector<std::string>& tokens, const std::string& source);

/// A whole file, read as bytes. Throws Error (Input) if it is not there, (Io) if it cannot be read, (Input) above
/// `max_bytes`.
std::string read_whole_file(const std::filesystem::path& path, std::size_t max_bytes);

/// The lines of a vocab.txt: LF or CRLF, trailing space trimmed, a byte-order mark removed.
std::vector<std::string> parse_vocab_txt(std::string_view text);

}  // namespace scoria
