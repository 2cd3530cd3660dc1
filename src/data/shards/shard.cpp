#include "data/shards/shard.h"

#include <fmt/core.h>
#include <xxhash.h>

#include <bit>

#include "scoria/error.h"

namespace scoria {
namespace {

static_assert(std::endian::native == std::endian::little, "shards are read as they lie in memory");

constexpr std::uint32_t kMostTokens = 1u << 22;  // as in Tokenizer

void check_counts(const ShardHead& head, std::span<const ShardBlock> blocks, std::uint64_t file_bytes,
                  std::string_view where) {
  std::uint64_t end = sizeof(ShardHead) + blocks.size_bytes(), records = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::uint64_t at = sizeof(ShardHead) + i * sizeof(ShardBlock);
    if (blocks[i].bytes % 8 != 0 || blocks[i].bytes == 0)
      refuse_shard(where, at, fmt::format("block {} has {} bytes, expected a multiple of 8", i, blocks[i].bytes));
    if (blocks[i].records == 0) refuse_shard(where, at, fmt::format("block {} has no record", i));
    end += blocks[i].bytes;
    records += blocks[i].records;
  }
  if (end != file_bytes) refuse_shard(where, file_bytes, fmt::format("the file ends here, its blocks at byte {}", end));
  if (records != head.record_count)
    refuse_shard(where, offsetof(ShardHead, record_count),
                 fmt::format("{} records, its blocks hold {}", head.record_count, records));
}

}  // namespace

void refuse_shard(std::string_view where, std::uint64_t offset, std::string_view what) {
  throw Error(ErrorKind::Input,
              fmt::format("{}: byte {}: {}; copy the folder again, or make it anew with prepare", where, offset, what));
}

ShardBlock BlockImage::entry() const {
  if (bytes.size() > UINT32_MAX)
    throw Error(ErrorKind::Usage, "a document of over 4 GiB of tokens; put empty lines into it");
  return {block_checksum(bytes), static_cast<std::uint32_t>(bytes.size()), records};
}

ShardView::ShardView(std::span<const std::byte> file, std::string_view where) {
  if (file.size() < sizeof(ShardHead))
    refuse_shard(where, file.size(), fmt::format("the file ends within the head of {} bytes", sizeof(ShardHead)));
  std::memcpy(&head_, file.data(), sizeof(head_));
  if (head_.magic != kShardMagic) refuse_shard(where, 0, "this is not a shard of scoria's");
  if (head_.version != kShardVersion)
    refuse_shard(where, offsetof(ShardHead, version),
                 fmt::format("format version {}, this program reads {}", head_.version, kShardVersion));
  const std::uint64_t room = (file.size() - sizeof(head_)) / sizeof(ShardBlock);
  if (head_.block_count == 0 || head_.block_count > room)
    refuse_shard(where, offsetof(ShardHead, block_count),
                 fmt::format("a table of {} blocks in a file of {} bytes", head_.block_count, file.size()));
  blocks_ = {reinterpret_cast<const ShardBlock*>(file.data() + sizeof(head_)), head_.block_count};
  if (opening_checksum(head_, blocks_) != head_.checksum)
    refuse_shard(where, offsetof(ShardHead, checksum), "head and table do not have their checksum");
  if (head_.kind != ShardKind::Documents && head_.kind != ShardKind::Examples)
    refuse_shard(where, offsetof(ShardHead, kind),
                 fmt::format("records of kind {}, expected 1 or 2", static_cast<std::uint32_t>(head_.kind)));
  if (head_.vocabulary_size == 0 || head_.vocabulary_size > kMostTokens)
    refuse_shard(where, offsetof(ShardHead, vocabulary_size),
                 fmt::format("a vocabulary of {}, expected 1 to {}", head_.vocabulary_size, kMostTokens));
  check_counts(head_, blocks_, file.size(), where);
}

std::uint64_t ShardView::offset(std::size_t block) const {
  std::uint64_t at = sizeof(ShardHead) + blocks_.size_bytes();
  for (std::size_t i = 0; i < block; ++i) at += blocks_[i].bytes;
  return at;
}

void check_block(std::span<const std::byte> bytes, const ShardBlock& entry, std::uint64_t offset,
                 std::string_view where) {
  if (block_checksum(bytes) != entry.checksum)
    refuse_shard(where, offset, fmt::format("the {} bytes from here do not have their checksum", bytes.size()));
}

std::uint64_t opening_checksum(ShardHead head, std::span<const ShardBlock> blocks) {
  head.checksum = 0;
  return XXH3_64bits_withSeed(blocks.data(), blocks.size_bytes(), XXH3_64bits(&head, sizeof(head)));
}

std::uint64_t block_checksum(std::span<const std::byte> block) { return XXH3_64bits(block.data(), block.size()); }

std::uint64_t fingerprint_of(std::span<const std::uint64_t> checksums, std::uint64_t vocabulary_size) {
  return XXH3_64bits_withSeed(checksums.data(), checksums.size_bytes(), vocabulary_size);
}

std::vector<std::byte> shard_opening(ShardHead head, std::span<const ShardBlock> blocks) {
  head.block_count = static_cast<std::uint32_t>(blocks.size());
  head.record_count = 0;
  for (const ShardBlock& block : blocks) head.record_count += block.records;
  head.checksum = opening_checksum(head, blocks);
  std::vector<std::byte> bytes;
  put_values(bytes, std::span<const ShardHead>(&head, 1));
  put_values(bytes, blocks);
  return bytes;
}

}  // namespace scoria
