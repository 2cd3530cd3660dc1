#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scoria/text/tokenizer.h"
#include "text/piece_trie.h"

namespace scoria {

enum SpecialToken { kPad, kUnk, kCls, kSep, kMask, kSpecialCount };
inline constexpr std::array<std::string_view, kSpecialCount> kSpecialNames = {"[PAD]", "[UNK]", "[CLS]", "[SEP]",
                                                                              "[MASK]"};
inline constexpr std::string_view kContinuation = "##";

struct Tokenizer::Model {
  std::vector<std::string> tokens;
  std::unordered_map<std::string_view, std::int32_t> ids;  // into tokens
  PieceTrie trie;
  std::int32_t continuation_root = PieceTrie::kNowhere;
  std::array<std::int32_t, kSpecialCount> specials{};
  WordPieceOptions options;
  std::size_t max_word_characters = 100;
  bool keep_special_tokens = true;
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
