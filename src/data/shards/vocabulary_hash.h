#pragma once

#include <cstdint>
#include <filesystem>

#include "data/shards/shard.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

/// Of the vocabulary and of all that decides which ids a text becomes.
std::uint64_t vocabulary_hash(const Tokenizer& tokenizer);

/// Throws Error (Input) if a shard was made with another tokenizer.
void check_vocabulary(const ShardHead& head, const Tokenizer& tokenizer, const std::filesystem::path& folder);

}  // namespace scoria
