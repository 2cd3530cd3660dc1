#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "data/shards/shard.h"
#include "io/mapped_file.h"

namespace scoria {

/// Writes blocks as "shard-00000.bin" and so on, of about 8 MiB each, into a folder that exists. Holds one in memory.
class ShardWriter {
 public:
  /// `head` says kind, vocabulary and settings.
  ShardWriter(std::filesystem::path folder, const ShardHead& head) : folder_(std::move(folder)), head_(head) {}

  void add(const BlockImage& block);
  /// Writes what is left.
  void finish();
  std::uint64_t record_count() const { return records_; }

 private:
  void write_shard();

  std::filesystem::path folder_;
  ShardHead head_;
  std::uint64_t records_ = 0;
  std::vector<ShardBlock> blocks_;
  std::vector<std::byte> body_;
};

/// The blocks of all shards of a folder, numbered through.
///
/// Memory: 40 bytes a block, and the pages of the few shards that are mapped at a time, 16 MiB at most. A block is
/// proved, checksum and contents, when this object first reads it. Any number of threads may read.
class ShardFolder {
 public:
  struct Block {
    std::span<const std::byte> bytes;
    std::uint32_t records = 0;
    std::shared_ptr<const MappedFile> keep;  ///< the bytes live as long as this
  };
  /// Throws Error (Input), as refuse_shard, for contents that are wrong although the checksum is right.
  using Check = std::function<void(const Block&, const ShardHead&, std::string_view where, std::uint64_t offset)>;

  /// Throws Error (Input) for a folder that is not there or not whole, a shard that is not one, or of another kind,
  /// vocabulary or settings than the first.
  ShardFolder(const std::filesystem::path& folder, ShardKind kind, Check check);

  /// Of the first shard, but with the counts of all.
  const ShardHead& head() const { return head_; }
  std::size_t block_count() const { return blocks_.size(); }
  /// Records before a block; before block_count(): all of them.
  std::uint64_t first_record(std::size_t block) const { return first_record_[block]; }
  std::size_t block_of(std::uint64_t record) const;
  Block read(std::size_t block) const;
  /// A number that any change of the records changes.
  std::uint64_t fingerprint() const;

 private:
  static constexpr std::size_t kMappedShards = 2;
  struct Place {
    ShardBlock entry;
    std::uint64_t offset;
    std::uint32_t shard;
    bool is_checked;
  };
  struct Mapping {
    std::uint32_t shard = 0;
    std::uint64_t last_use = 0;
    std::shared_ptr<const MappedFile> file;
  };

  std::filesystem::path path_of(std::uint32_t shard) const;
  void add_shard(std::uint32_t shard, ShardKind kind);
  std::shared_ptr<const MappedFile> map(std::uint32_t shard) const;

  std::filesystem::path folder_;
  Check check_;
  ShardHead head_;
  std::vector<std::uint64_t> first_record_{0};
  mutable std::vector<Place> blocks_;
  mutable std::mutex mutex_;
  mutable std::array<Mapping, kMappedShards> mappings_;
  mutable std::uint64_t uses_ = 0;
};

/// Kind of the shards in a folder, from the first one's head. Throws as ShardFolder.
ShardKind shard_kind(const std::filesystem::path& folder);

}  // namespace scoria
