#include "io/sorted_table.h"

#include "io/byte_reader.h"
#include "io/crc32c.h"

namespace scoria {
namespace {

constexpr std::uint64_t kMagic = 0xdb4775248b80fb57;
constexpr std::uint64_t kFooterBytes = 48, kTrailerBytes = 5;
constexpr std::uint64_t kMaxBytes = 64u << 20;
constexpr std::size_t kMaxEntries = kMaxTensors + 1;

using Entries = std::map<std::string, std::string>;

struct BlockHandle {
  std::uint64_t offset = 0, size = 0;
};

BlockHandle read_handle(ByteReader& reader) {
  BlockHandle handle;
  handle.offset = reader.varint();
  handle.size = reader.varint();
  return handle;
}

// The entries of a block, once its checksum is right: each key as the number of bytes it shares with the one before
// and the rest. After them come the places where sharing restarts, which a reader of everything does not need.
std::string_view block_entries(std::string_view table, const BlockHandle& handle, const std::string& where) {
  if (handle.offset > table.size() || handle.size > table.size() - handle.offset ||
      table.size() - handle.offset - handle.size < kTrailerBytes) {
    fail_damaged(where, fmt::format("a block of {} bytes at byte {} of {}", handle.size, handle.offset, table.size()));
  }
  ByteReader trailer(table.substr(handle.offset + handle.size, kTrailerBytes), where, handle.offset + handle.size);
  const auto compression = trailer.number<std::uint8_t>();
  const auto stored = trailer.number<std::uint32_t>();
  const std::string_view checked = table.substr(handle.offset, handle.size + 1);
  if (masked_crc32c(crc32c(std::as_bytes(std::span(checked)))) != stored) trailer.fail("a block without its checksum");
  if (compression != 0) trailer.fail(fmt::format("a block compressed by method {}, expected none", compression));
  const std::string_view block = table.substr(handle.offset, handle.size);
  if (block.size() < 4) trailer.fail("a block without restarts");
  std::uint32_t restarts = 0;
  std::memcpy(&restarts, block.data() + block.size() - 4, 4);
  if (restarts > (block.size() - 4) / 4) trailer.fail(fmt::format("a block with {} restarts", restarts));
  return block.substr(0, block.size() - 4 - std::size_t{4} * restarts);
}

template <typename Visit>
void for_each_entry(std::string_view table, const BlockHandle& handle, const std::string& where, Visit visit) {
  ByteReader reader(block_entries(table, handle, where), where, handle.offset);
  std::string key;
  while (reader.remaining() > 0) {
    const std::uint64_t shared = reader.varint(), rest = reader.varint(), value_bytes = reader.varint();
    if (shared > key.size()) reader.fail(fmt::format("a key that shares {} bytes with one of {}", shared, key.size()));
    key.resize(shared);
    key += reader.take(rest);
    if (key.size() > kMaxTensorNameBytes)
      reader.fail(fmt::format("a key of {} bytes, expected at most {}", key.size(), kMaxTensorNameBytes));
    visit(key, reader.take(value_bytes));
  }
}

}  // namespace

bool is_sorted_table(const File& file) {
  if (file.size() < kFooterBytes) return false;
  std::uint64_t magic = 0;
  file.read_at(file.size() - 8, std::as_writable_bytes(std::span(&magic, 1)));
  return magic == kMagic;
}

Entries read_sorted_table(const File& file) {
  const std::string where = file.path().string();
  const std::string table = read_text(file.path(), kMaxBytes);
  if (table.size() < kFooterBytes)
    fail_damaged(where, fmt::format("{} bytes, expected at least {}", table.size(), kFooterBytes));
  const std::uint64_t footer_at = table.size() - kFooterBytes;
  ByteReader footer(std::string_view(table).substr(footer_at), where, footer_at);
  read_handle(footer);  // of statistics, which TensorFlow leaves empty
  const BlockHandle index = read_handle(footer);
  Entries entries;
  for_each_entry(table, index, where, [&](const std::string&, std::string_view value) {
    ByteReader reader(value, where, index.offset);
    for_each_entry(table, read_handle(reader), where, [&](const std::string& key, std::string_view contents) {
      if (entries.size() >= kMaxEntries) fail_damaged(where, fmt::format("more than {} entries", kMaxEntries));
      if (!entries.emplace(key, contents).second) fail_damaged(where, fmt::format("{} twice", shown(key)));
    });
  });
  return entries;
}

}  // namespace scoria
