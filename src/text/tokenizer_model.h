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
};

struct Tokenizer::Model {
  explicit Model(TokenizerParts parts);

  std::optional<std::int32_t> id(std::string_view token) const;

  std::unique_ptr<TokenModel> pieces;
  AddedTokens added;
  std::vector<std::string> tokens;  // by id, those of `pieces` and those added
  std::array<std::string, kSpecialCount> special_names;
  std::array<std::int32_t, kSpecialCount> specials{};
  Template single, pair;
  WordPieceOptions options;
  std::optional<std::int64_t> max_length;
};

bool is_utf8(std::string_view text);

/// What a vocabulary may look like; `source` is the file it came from, for messages, or empty.
/// Throws Error (Input) naming source and line.
void check_vocabulary(const std::vector<std::string>& tokens, const std::string& source);

/// A whole file, read as bytes. Throws Error (Input) if it is not there, (Io) if it cannot be read, (Input) above
/// `max_bytes`.
std::string read_whole_file(const std::filesystem::path& path, std::size_t max_bytes);

/// The lines of a vocab.txt: LF or CRLF, trailing space trimmed, a byte-order mark removed.
std::vector<std::string> parse_vocab_txt(std::string_view text);

/// Options that tokenizer.json and tokenizer_config.json of a folder set, and tokenizer.json's vocabulary.
struct TokenizerFiles {
  WordPieceOptions options;
  std::vector<std::string> tokens;
  std::string source;
};
/// The contents of a tokenizer.json; `path` is for messages. What it says of truncation and padding is passed over, as
/// transformers does: these are the caller's. Throws Error (Input), naming the part that is not BERT's.
void parse_tokenizer_json(const std::filesystem::path& path, const std::string& text, bool wants_vocabulary,
                          TokenizerFiles& out);
TokenizerFiles read_tokenizer_folder(const std::filesystem::path& folder);

}  // namespace scoria
