#include "data/shards/token_block.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "scoria/error.h"

namespace scoria {
namespace {

struct Counts {
  std::uint32_t documents, sentences, tokens, zero;
};

Counts counts_of(std::span<const std::byte> bytes) {
  Counts counts;
  std::memcpy(&counts, bytes.data(), sizeof(counts));
  return counts;
}

std::size_t padded(std::uint64_t bytes) { return (bytes + 7) / 8 * 8; }

std::uint64_t bytes_of(const Counts& counts, bool narrow) {
  const std::uint64_t width = narrow ? sizeof(std::uint16_t) : sizeof(std::uint32_t);
  return padded(sizeof(Counts) + (std::uint64_t{counts.documents} + counts.sentences) * sizeof(std::uint32_t) +
                counts.tokens * width);
}

/// Ends that rise from above 0 to the total.
bool is_division(std::span<const std::uint32_t> ends, std::uint32_t total) {
  std::uint32_t before = 0;
  for (const std::uint32_t end : ends) {
    if (end <= before) return false;
    before = end;
  }
  return before == total;
}

template <typename T>
bool all_below(std::span<const T> ids, std::uint32_t limit) {
  T largest = 0;
  for (const T id : ids) largest = std::max(largest, id);
  return largest < limit;
}

}  // namespace

void TokenBlockBuilder::add_document(std::span<const std::int32_t> ids,
                                     std::span<const std::uint32_t> sentence_lengths) {
  if (token_count() + ids.size() > UINT32_MAX)
    throw Error(ErrorKind::Usage, "token store: a document of over 2^32 tokens; put empty lines into it");
  auto end = static_cast<std::uint32_t>(token_count());
  if (narrow_)
    narrow_ids_.insert(narrow_ids_.end(), ids.begin(), ids.end());
  else
    wide_ids_.insert(wide_ids_.end(), ids.begin(), ids.end());
  for (const std::uint32_t length : sentence_lengths)
    if (length > 0) token_end_.push_back(end += length);
  sentence_end_.push_back(static_cast<std::uint32_t>(token_end_.size()));
}

TokenBlock TokenBlockBuilder::view() const {
  return {sentence_end_, token_end_, narrow_ ? narrow_ids_.data() : nullptr, wide_ids_.data(), nullptr};
}

BlockImage block_image(const TokenBlock& block, std::int32_t vocabulary_size) {
  const Counts counts{block.document_count(), block.sentence_count(), block.token_count(), 0};
  const bool narrow = TokenBlockBuilder::is_narrow(vocabulary_size);
  BlockImage image{std::vector<std::byte>(bytes_of(counts, narrow)), counts.documents, counts.sentences, counts.tokens};
  std::memcpy(image.bytes.data(), &counts, sizeof(counts));
  auto* words = reinterpret_cast<std::uint32_t*>(image.bytes.data() + sizeof(counts));
  for (std::uint32_t d = 1; d <= counts.documents; ++d) *words++ = block.first_sentence(d);
  for (std::uint32_t s = 1; s <= counts.sentences; ++s) *words++ = block.first_token(s);
  auto* narrow_ids = reinterpret_cast<std::uint16_t*>(words);
  for (std::uint32_t t = 0; t < counts.tokens; ++t) {
    const auto id = static_cast<std::uint32_t>(block.token(t));
    if (narrow)
      narrow_ids[t] = static_cast<std::uint16_t>(id);
    else
      words[t] = id;
  }
  return image;
}

TokenBlock token_block(const ShardFolder::Block& block, const ShardHead& head) {
  const Counts counts = counts_of(block.bytes);
  const auto* words = reinterpret_cast<const std::uint32_t*>(block.bytes.data() + sizeof(Counts));
  const std::uint32_t* ids = words + counts.documents + counts.sentences;
  const bool narrow = TokenBlockBuilder::is_narrow(static_cast<std::int32_t>(head.vocabulary_size));
  return {{words, counts.documents},
          {words + counts.documents, counts.sentences},
          narrow ? reinterpret_cast<const std::uint16_t*>(ids) : nullptr,
          ids,
          block.keep};
}

void check_token_block(const ShardFolder::Block& block, const ShardHead& head, std::string_view where,
                       std::uint64_t offset) {
  if (block.bytes.size() < sizeof(Counts)) refuse_shard(where, offset, "a block without its counts");
  const Counts counts = counts_of(block.bytes);
  const bool narrow = TokenBlockBuilder::is_narrow(static_cast<std::int32_t>(head.vocabulary_size));
  if (counts.documents != block.records || bytes_of(counts, narrow) != block.bytes.size())
    refuse_shard(where, offset,
                 fmt::format("{} documents, {} sentences and {} tokens in a block of {} records and {} bytes",
                             counts.documents, counts.sentences, counts.tokens, block.records, block.bytes.size()));
  const auto* words = reinterpret_cast<const std::uint32_t*>(block.bytes.data() + sizeof(Counts));
  if (!is_division({words, counts.documents}, counts.sentences))
    refuse_shard(where, offset + sizeof(Counts), "the documents do not divide the sentences");
  words += counts.documents;
  if (!is_division({words, counts.sentences}, counts.tokens))
    refuse_shard(where, offset + sizeof(Counts) + 4ull * counts.documents, "the sentences do not divide the tokens");
  words += counts.sentences;
  const bool known = narrow ? all_below<std::uint16_t>({reinterpret_cast<const std::uint16_t*>(words), counts.tokens},
                                                       head.vocabulary_size)
                            : all_below<std::uint32_t>({words, counts.tokens}, head.vocabulary_size);
  if (!known)
    refuse_shard(where, offset + sizeof(Counts) + 4ull * (counts.documents + counts.sentences),
                 fmt::format("an id outside the vocabulary of {}", head.vocabulary_size));
}

}  // namespace scoria
