#pragma once

#include <cstdint>
#include <vector>

#include "data/shards/shard_folder.h"
#include "scoria/data/pretraining.h"

namespace scoria {

/// Finished examples as they gather. In a shard a block is, little-endian:
///
///     u32 examples, 0
///     u32 end[examples]           bytes up to the end of each, from behind this table
///     examples, each:
///       u16 length, first_length  tokens; of them [CLS] A [SEP]
///       u16 masked                positions
///       i16 label                 0: B follows A, 1: from another document
///       ids[length], labels[masked]   u16, or u32 for vocabularies over 65536
///       u16 positions[masked]     ascending; zeros to a multiple of 4
///     zeros to a multiple of 8
class ExampleBlockBuilder {
 public:
  static constexpr std::size_t kFullBytes = 64 << 10;

  void add(std::span<const std::byte> record, std::uint32_t tokens);
  bool is_full() const { return records_.size() >= kFullBytes; }
  bool empty() const { return ends_.empty(); }
  /// The block, and starts another.
  BlockImage take();

 private:
  std::vector<std::uint32_t> ends_;
  std::vector<std::byte> records_;
  std::uint64_t tokens_ = 0;
};

/// An example as a block holds it.
std::vector<std::byte> example_record(const PretrainingExample& example, std::int32_t vocabulary_size);

/// One example of a block, read in place.
class ExampleView {
 public:
  struct Head {
    std::uint16_t length, first_length, masked;
    std::int16_t label;
  };
  ExampleView(std::span<const std::byte> record, bool narrow);

  const Head& head() const { return head_; }
  std::int32_t id(std::uint32_t at) const { return value(at); }
  std::int32_t masked_label(std::uint32_t at) const { return value(head_.length + at); }
  std::int32_t masked_position(std::uint32_t at) const { return positions_[at]; }
  PretrainingExample example() const;
  /// Bytes of a record with this head.
  static std::size_t byte_count(const Head& head, bool narrow);

 private:
  std::int32_t value(std::uint32_t at) const { return narrow_ ? narrow_[at] : static_cast<std::int32_t>(wide_[at]); }

  Head head_;
  const std::uint16_t* narrow_ = nullptr;
  const std::uint32_t* wide_ = nullptr;
  const std::uint16_t* positions_;
};

/// The number-th example of a block whose contents check_example_block has proved.
ExampleView example_view(const ShardFolder::Block& block, std::uint32_t number, const ShardHead& head);
/// A ShardFolder::Check.
void check_example_block(const ShardFolder::Block& block, const ShardHead& head, std::string_view where,
                         std::uint64_t offset);

}  // namespace scoria
