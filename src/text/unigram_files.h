#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "text/token_model.h"

namespace scoria {

/// The Unigram model of a tokenizer.json, with its normalizer, pre-tokenizer and decoder; `path` is for messages,
/// `text` the whole file, `tokenizer` the same parsed: numbers are read anew, see read_score.
///
///     normalizer     Precompiled, Replace (of a string, or of " {2,}" and its kin), NFC, NFD, NFKC, NFKD, Lowercase,
///                    Strip, StripAccents, Nmt, Prepend, Sequence
///     pre_tokenizer  Metaspace, WhitespaceSplit, Sequence
///     decoder        Metaspace, ByteFallback, Fuse, Strip, Replace (of a string), Sequence
///
/// Throws Error (Input), naming the part, for what is none of these or wrong.
std::unique_ptr<TokenModel> read_unigram(const std::filesystem::path& path, std::string_view text,
                                         const nlohmann::json& tokenizer);

}  // namespace scoria
