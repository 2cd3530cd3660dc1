#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "text/tokenizer_model.h"

namespace scoria {

/// What a tokenizer.json says.
struct TokenizerJson {
  /// An item of a template, with the text of its token.
  struct Item {
    TemplateItem item;
    std::string token;
  };

  std::vector<AddedToken> added_tokens;  ///< in the file's order
  bool has_post_processor = false;
  std::vector<Item> single, pair;
  std::vector<std::string> tokens;      ///< WordPiece's vocabulary; what no id is given to is empty
  std::size_t vocabulary_size = 0;      ///< entries, holes not counted
  std::string unknown = "[UNK]";        ///< WordPiece's
  WordPieceOptions options;             ///< WordPiece's
  std::unique_ptr<TokenModel> pieces;   ///< a model that is not WordPiece
};

/// The contents of a tokenizer.json; `path` is for messages. What it says of truncation and padding is passed over, as
/// by transformers: these are the caller's. Throws Error (Input), naming the part that is not read here.
TokenizerJson parse_tokenizer_json(std::string_view text, const std::filesystem::path& path);

/// json[key], or null where it is missing.
const nlohmann::json& member(const nlohmann::json& json, const char* key);
/// Sets `out` where the member is there. Throws Error (Input).
void read_bool(const std::filesystem::path& path, const nlohmann::json& json, const char* key, bool& out);
/// A token as a string or as an object with flags; the flags that are not said are those of a special token, or not.
/// Throws Error (Input).
AddedToken read_added_token(const std::filesystem::path& path, const nlohmann::json& json, bool special);

}  // namespace scoria
