#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// A shard is one file of numbered records: head, table of blocks, blocks. Little-endian, everything at a multiple
/// of 8.
///
///     ShardHead                  128 bytes
///     ShardBlock[block_count]    16 bytes each
///     blocks, one after the other, to the end of the file
///
/// The head's checksum is XXH3-64 of head (with a checksum of 0) and table, a block's is of its bytes. The first record
/// of a block and its place in the file follow from the blocks before it.
enum class ShardKind : std::uint32_t {
  Documents = 1,  ///< records are documents of sentences of token ids: token_block.h
  Examples = 2,   ///< records are finished training sequences: example_block.h
};

constexpr std::array<char, 8> kShardMagic = {'s', 'c', 'o', 'r', 'i', 'a', '\r', '\n'};
constexpr std::uint32_t kShardVersion = 1;

/// How the records were made. Zero where a kind has no such setting.
struct ShardSettings {
  std::uint32_t one_sentence_a_line = 0;
  std::uint32_t max_sentence_tokens = 0;
  std::uint32_t sequence_length = 0;
  std::uint32_t max_predictions = 0;
  std::uint32_t dupe_factor = 0;
  std::uint32_t whole_words = 0;
  double masked_fraction = 0;
  double short_fraction = 0;
  std::uint64_t seed = 0;
  friend bool operator==(const ShardSettings&, const ShardSettings&) = default;
};

struct ShardHead {
  std::array<char, 8> magic = kShardMagic;
  std::uint32_t version = kShardVersion;
  ShardKind kind = ShardKind::Documents;
  std::uint64_t checksum = 0;
  std::uint64_t vocabulary_hash = 0;  ///< XXH3-64 of vocab.txt
  std::uint32_t vocabulary_size = 0;
  std::uint32_t shard = 0;         ///< its number in the folder, from 0
  std::uint64_t first_record = 0;  ///< records in the shards before
  std::uint64_t record_count = 0;
  std::uint64_t token_count = 0;
  std::uint32_t block_count = 0;
  std::uint32_t reserved = 0;
  ShardSettings settings;
  std::uint64_t sentence_count = 0;  ///< of documents
};
static_assert(sizeof(ShardHead) == 128);

struct ShardBlock {
  std::uint64_t checksum = 0;
  std::uint32_t bytes = 0;
  std::uint32_t records = 0;
};
static_assert(sizeof(ShardBlock) == 16);

/// A block as it lies in a shard.
struct BlockImage {
  std::vector<std::byte> bytes;  ///< a multiple of 8
  std::uint32_t records = 0;
  std::uint64_t sentences = 0, tokens = 0;

  /// Throws Error (Usage) for more than 4 GiB.
  ShardBlock entry() const;
};

/// Appends values to a block.
template <typename T>
void put_values(std::vector<std::byte>& bytes, std::span<const T> values) {
  const std::size_t begin = bytes.size();
  bytes.resize(begin + values.size_bytes());
  if (!values.empty()) std::memcpy(bytes.data() + begin, values.data(), values.size_bytes());
}

/// Head and table of the bytes of one shard, proved to fit the file's size and each other; blocks are proved when read.
class ShardView {
 public:
  /// `where` opens every message. Throws Error (Input) that names the byte and what was wrong.
  ShardView(std::span<const std::byte> file, std::string_view where);

  const ShardHead& head() const { return head_; }
  std::span<const ShardBlock> blocks() const { return blocks_; }
  /// The place of a block's first byte, in time that grows with its number.
  std::uint64_t offset(std::size_t block) const;

 private:
  ShardHead head_;
  std::span<const ShardBlock> blocks_;
};

/// Throws Error (Input) if the block's bytes are not those that were written.
void check_block(std::span<const std::byte> bytes, const ShardBlock& entry, std::uint64_t offset,
                 std::string_view where);

/// Throws Error (Input): "WHERE: byte OFFSET: WHAT; copy the folder again, or make it anew with prepare".
[[noreturn]] void refuse_shard(std::string_view where, std::uint64_t offset, std::string_view what);

/// Of the blocks' checksums and the size of the vocabulary.
std::uint64_t fingerprint_of(std::span<const std::uint64_t> checksums, std::uint64_t vocabulary_size);

/// What a head's checksum must be, whatever it says.
std::uint64_t opening_checksum(ShardHead head, std::span<const ShardBlock> blocks);
std::uint64_t block_checksum(std::span<const std::byte> block);

/// Head and table as they open a file whose blocks these are; fills in counts and checksum.
std::vector<std::byte> shard_opening(ShardHead head, std::span<const ShardBlock> blocks);

}  // namespace scoria
