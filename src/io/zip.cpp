#include "io/zip.h"

#include <algorithm>

#include "io/byte_reader.h"
#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50, kDirectoryEntry = 0x02014b50;
constexpr std::uint32_t kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
constexpr std::uint64_t kEndBytes = 22, kEnd64Bytes = 56, kEnd64LocatorBytes = 20, kLocalHeaderBytes = 30;
constexpr std::uint64_t kMaxComment = 0xFFFF;
constexpr std::uint64_t kMaxDirectoryBytes = 64u << 20;
constexpr std::uint16_t kZip64Field = 1;

std::string bytes_at(const File& file, std::uint64_t offset, std::uint64_t count) {
  const std::uint64_t size = file.size();
  if (offset > size || count > size - offset) {
    fail_damaged(file.path().string(), fmt::format("{} bytes expected at byte {} of {}", count, offset, size));
  }
  std::string bytes(count, '\0');
  file.read_at(offset, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

struct Directory {
  std::uint64_t offset = 0, size = 0, members = 0;
};

// The end record lies before a comment of any length, so it is searched for from the back.
std::uint64_t find_end(const File& file) {
  const std::uint64_t size = file.size(), tail = std::min(size, kEndBytes + kMaxComment);
  const std::string bytes = bytes_at(file, size - tail, tail);
  const std::size_t at = tail < kEndBytes ? std::string::npos : bytes.rfind("PK\5\6", tail - kEndBytes);
  if (at != std::string::npos) return size - tail + at;
  fail_damaged(file.path().string(), "no end of a zip directory");
}

Directory read_end64(const File& file, std::uint64_t locator_at) {
  const std::string where = file.path().string();
  const std::string locator = bytes_at(file, locator_at, kEnd64LocatorBytes);
  ByteReader reader(locator, where, locator_at);
  if (reader.number<std::uint32_t>() != kEnd64Locator) reader.fail("no locator of a zip64 directory");
  reader.take(4);
  const auto end_at = reader.number<std::uint64_t>();
  const std::string end = bytes_at(file, end_at, kEnd64Bytes);
  ByteReader fields(end, where, end_at);
  if (fields.number<std::uint32_t>() != kEnd64) fields.fail("no end of a zip64 directory");
  fields.take(28);
  Directory directory;
  directory.members = fields.number<std::uint64_t>();
  directory.size = fields.number<std::uint64_t>();
  directory.offset = fields.number<std::uint64_t>();
  return directory;
}

Directory find_directory(const File& file) {
  const std::uint64_t end_at = find_end(file);
  const std::string end = bytes_at(file, end_at, kEndBytes);
  ByteReader reader(end, file.path().string(), end_at);
  reader.take(4);
  if (reader.number<std::uint16_t>() != 0 || reader.number<std::uint16_t>() != 0) reader.fail("a zip in several parts");
  reader.take(2);
  Directory directory;
  directory.members = reader.number<std::uint16_t>();
  directory.size = reader.number<std::uint32_t>();
  directory.offset = reader.number<std::uint32_t>();
  const bool is_zip64 = directory.members == 0xFFFF || directory.size == 0xFFFFFFFF || directory.offset == 0xFFFFFFFF;
  if (!is_zip64) return directory;
  if (end_at < kEnd64LocatorBytes) reader.fail("no room for a zip64 directory");
  return read_end64(file, end_at - kEnd64LocatorBytes);
}

// A size or offset of 32 ones stands in the extra field instead, in this order.
void read_zip64_fields(ByteReader extra, std::uint64_t& size, std::uint64_t& stored, std::uint64_t& header) {
  while (extra.remaining() >= 4) {
    const auto kind = extra.number<std::uint16_t>();
    const auto length = extra.number<std::uint16_t>();
    if (kind != kZip64Field) {
      extra.take(length);
      continue;
    }
    for (std::uint64_t* value : {&size, &stored, &header}) {
      if (*value == 0xFFFFFFFF) *value = extra.number<std::uint64_t>();
    }
    return;
  }
}

struct Entry {
  std::string name;
  std::uint64_t header = 0, size = 0;
};

Entry read_entry(ByteReader& reader) {
  if (reader.number<std::uint32_t>() != kDirectoryEntry) reader.fail("no entry of a zip directory");
  reader.take(4);
  const auto flags = reader.number<std::uint16_t>(), method = reader.number<std::uint16_t>();
  reader.take(8);
  std::uint64_t stored = reader.number<std::uint32_t>(), size = reader.number<std::uint32_t>();
  const auto name_bytes = reader.number<std::uint16_t>(), extra_bytes = reader.number<std::uint16_t>();
  const auto comment_bytes = reader.number<std::uint16_t>();
  reader.take(8);
  std::uint64_t header = reader.number<std::uint32_t>();
  Entry entry{std::string(reader.take(name_bytes)), 0, 0};
  read_zip64_fields(ByteReader(reader.take(extra_bytes), reader.where(), reader.position()), size, stored, header);
  reader.take(comment_bytes);
  if (flags & 1)
    reader.fail(fmt::format("{} is encrypted; save the model again without a password;", shown(entry.name)));
  if (method != 0 || stored != size) {
    throw Error(ErrorKind::Input, fmt::format("{}: {} is compressed (method {}), expected stored as torch.save does; "
                                              "of a TorchScript program save the state_dict()",
                                              reader.where(), shown(entry.name), method));
  }
  entry.header = header;
  entry.size = size;
  return entry;
}

}  // namespace

ZipFile::ZipFile(const File& file) : file_(file) {
  const Directory directory = find_directory(file);
  const std::string where = file.path().string();
  if (directory.members > kMaxTensors || directory.size > kMaxDirectoryBytes) {
    fail_damaged(where, fmt::format("a zip directory of {} members and {} bytes, expected at most {} and {}",
                                    directory.members, directory.size, kMaxTensors, kMaxDirectoryBytes));
  }
  const std::string bytes = bytes_at(file, directory.offset, directory.size);
  ByteReader reader(bytes, where, directory.offset);
  for (std::uint64_t i = 0; i < directory.members; ++i) {
    Entry entry = read_entry(reader);
    if (!members_.try_emplace(std::move(entry.name), Member{entry.header, entry.size}).second) {
      reader.fail("a second member of the same name");
    }
  }
}

std::optional<ZipFile::Range> ZipFile::find(std::string_view name) const {
  const auto found = members_.find(name);
  if (found == members_.end()) return {};
  const Member& member = found->second;
  const std::string bytes = bytes_at(file_, member.header, kLocalHeaderBytes);
  ByteReader reader(bytes, file_.path().string(), member.header);
  if (reader.number<std::uint32_t>() != kLocalHeader) reader.fail("no header of a zip member");
  reader.take(22);
  const std::uint64_t name_bytes = reader.number<std::uint16_t>(), extra_bytes = reader.number<std::uint16_t>();
  const std::uint64_t begin = member.header + kLocalHeaderBytes + name_bytes + extra_bytes;
  const std::uint64_t size = file_.size();
  if (begin > size || member.size > size - begin) {
    fail_damaged(file_.path().string(),
                 fmt::format("{} bytes of {} expected at byte {} of {}", member.size, shown(name), begin, size));
  }
  return Range{begin, member.size};
}

std::string ZipFile::name_ending(std::string_view end) const {
  std::string found;
  for (const auto& [name, member] : members_) {
    if (!name.ends_with(end)) continue;
    if (!found.empty()) return "";
    found = name;
  }
  return found;
}

}  // namespace scoria
