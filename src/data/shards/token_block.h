#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/shards/shard_folder.h"
#include "scoria/data/token_store.h"

namespace scoria {

/// Documents as they gather in memory. In a shard a block is, little-endian:
///
///     u32 documents, sentences, tokens, 0
///     u32 sentence_end[documents]         sentences up to the end of each document
///     u32 token_end[sentences]            tokens up to the end of each sentence
///     u16 or u32 ids[tokens]              u32 for vocabularies over 65536; zeros to a multiple of 8
class TokenBlockBuilder {
 public:
  /// A block is closed once it has so many tokens; a longer document makes a longer block.
  static constexpr std::size_t kFullTokens = 16384;
  static bool is_narrow(std::int32_t vocabulary_size) { return vocabulary_size <= 65536; }

  explicit TokenBlockBuilder(std::int32_t vocabulary_size) : narrow_(is_narrow(vocabulary_size)) {}

  /// The lengths sum to the ids.
  void add_document(std::span<const std::int32_t> ids, std::span<const std::uint32_t> sentence_lengths);
  bool is_full() const { return token_count() >= kFullTokens; }
  std::size_t document_count() const { return sentence_end_.size(); }
  std::size_t sentence_count() const { return token_end_.size(); }
  std::size_t token_count() const { return narrow_ ? narrow_ids_.size() : wide_ids_.size(); }

  /// Valid until the next document.
  TokenBlock view() const;

 private:
  bool narrow_;
  std::vector<std::uint32_t> sentence_end_, token_end_;
  std::vector<std::uint16_t> narrow_ids_;
  std::vector<std::uint32_t> wide_ids_;
};

/// A block as shards hold it.
BlockImage block_image(const TokenBlock& block, std::int32_t vocabulary_size);
/// A block of documents whose contents check_token_block has proved.
TokenBlock token_block(const ShardFolder::Block& block, const ShardHead& head);
/// A ShardFolder::Check.
void check_token_block(const ShardFolder::Block& block, const ShardHead& head, std::string_view where,
                       std::uint64_t offset);

}  // namespace scoria
