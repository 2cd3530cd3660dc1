#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/text/tokenizer.h"

namespace scoria {

/// The names by which transformers knows special tokens, in its order.
inline constexpr std::array<std::string_view, 7> kNamedTokens = {"bos_token", "eos_token", "unk_token", "sep_token",
                                                                  "pad_token", "cls_token", "mask_token"};

/// What transformers makes of a folder's files.
enum class TokenizerReading {
  Bert,   ///< BertTokenizer: the vocabulary, and settings from tokenizer_config.json; no more of tokenizer.json
  Filed,  ///< tokenizer.json as it is
  Bare    ///< no class is known: tokenizer.json, or BERT's, with the settings that tokenizer_config.json has
};

/// What tokenizer_config.json says, and special_tokens_map.json and added_tokens.json, which are read where it has no
/// added_tokens_decoder.
struct TokenizerConfig {
  struct Named {
    bool is_said = false;
    std::optional<AddedToken> token;  ///< nothing: null
  };

  bool is_there = false;  ///< tokenizer_config.json or special_tokens_map.json
  /// tokenizer_class without "Fast", else that of config.json; empty where neither says it.
  std::string class_name;
  TokenizerReading reading = TokenizerReading::Bare;
  std::optional<bool> lower_case, split_ideographs, strip_accents;
  bool says_accents = false;
  std::optional<std::int64_t> max_length;
  std::optional<bool> has_segments;  ///< whether model_input_names has token_type_ids
  bool splits_special_tokens = false;
  std::array<Named, kNamedTokens.size()> named;  ///< in the order of kNamedTokens
  /// Without an id of their own.
  std::vector<AddedToken> extra;
  /// By id; each has its id.
  std::map<std::int32_t, AddedToken> added;
  bool has_decoder = false;  ///< added is of added_tokens_decoder
};

/// Throws Error (Input) for what is not of the type expected, and for keys that change what is computed and are not
/// honoured.
TokenizerConfig read_tokenizer_config(const std::filesystem::path& folder);

}  // namespace scoria
