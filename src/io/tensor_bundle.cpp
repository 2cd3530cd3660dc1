#include "io/tensor_bundle.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "io/byte_reader.h"
#include "io/crc32c.h"
#include "io/sorted_table.h"
#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::uint64_t kMaxShards = 1000;
// tensorflow/core/framework/types.proto.
constexpr std::array<std::pair<std::uint64_t, std::string_view>, 10> kDTypes{{{1, "F32"},
                                                                              {2, "F64"},
                                                                              {3, "I32"},
                                                                              {4, "U8"},
                                                                              {5, "I16"},
                                                                              {6, "I8"},
                                                                              {9, "I64"},
                                                                              {10, "BOOL"},
                                                                              {14, "BF16"},
                                                                              {19, "F16"}}};

// A field of a protocol buffer: its number, and its value or its bytes.
struct Field {
  std::uint64_t number = 0;
  std::uint64_t value = 0;
  std::string_view bytes;
};

Field read_field(ByteReader& reader) {
  const std::uint64_t tag = reader.varint();
  Field field{tag >> 3, 0, {}};
  switch (tag & 7) {
    case 0:
      field.value = reader.varint();
      break;
    case 1:
      field.value = reader.number<std::uint64_t>();
      break;
    case 2:
      field.bytes = reader.take(reader.varint());
      break;
    case 5:
      field.value = reader.number<std::uint32_t>();
      break;
    default:
      reader.fail(fmt::format("a protocol buffer with wire type {}", tag & 7));
  }
  return field;
}

struct Entry {
  StoredTensor stored;
  std::uint64_t shard = 0, offset = 0, size = 0;
  std::uint32_t checksum = 0;  // masked
};

// TensorShapeProto: dim = 2, each with its size = 1.
Shape read_shape(std::string_view bytes, const std::string& where, const std::string& name) {
  ByteReader reader(bytes, where);
  std::vector<std::uint64_t> sizes;
  while (reader.remaining() > 0) {
    const Field field = read_field(reader);
    if (field.number != 2) continue;
    ByteReader dim(field.bytes, where);
    sizes.push_back(0);
    while (dim.remaining() > 0) {
      if (const Field part = read_field(dim); part.number == 1) sizes.back() = part.value;
    }
  }
  return checked_shape(sizes, where, name);
}

// BundleEntryProto: dtype = 1, shape = 2, shard_id = 3, offset = 4, size = 5, crc32c = 6, slices = 7. The dtype stays
// empty where it is none of numbers.
Entry read_entry(const std::string& name, std::string_view bytes, const std::string& where) {
  Entry entry{{name, "", Shape()}, 0, 0, 0, 0};
  ByteReader reader(bytes, where);
  while (reader.remaining() > 0) {
    const Field field = read_field(reader);
    const auto* dtype = std::ranges::find(kDTypes, field.value, &std::pair<std::uint64_t, std::string_view>::first);
    if (field.number == 1 && dtype != kDTypes.end()) entry.stored.dtype = dtype->second;
    if (field.number == 2) entry.stored.shape = read_shape(field.bytes, where, name);
    if (field.number == 3) entry.shard = field.value;
    if (field.number == 4) entry.offset = field.value;
    if (field.number == 5) entry.size = field.value;
    if (field.number == 6) entry.checksum = static_cast<std::uint32_t>(field.value);
    if (field.number == 7) {
      throw Error(ErrorKind::Input, fmt::format("{}: {} is partitioned into slices, which are not read; save it "
                                                "unpartitioned",
                                                where, shown(name)));
    }
  }
  return entry;
}

// BundleHeaderProto: num_shards = 1, endianness = 2, 0 being little.
std::uint64_t read_header(std::string_view bytes, const std::string& where) {
  std::uint64_t shards = 0;
  ByteReader reader(bytes, where);
  while (reader.remaining() > 0) {
    const Field field = read_field(reader);
    if (field.number == 1) shards = field.value;
    if (field.number == 2 && field.value != 0) fail_damaged(where, "numbers that are not little-endian");
  }
  if (shards < 1 || shards > kMaxShards)
    fail_damaged(where, fmt::format("{} data files, expected 1 to {}", shards, kMaxShards));
  return shards;
}

class TensorBundle final : public NamedTensors {
 public:
  explicit TensorBundle(const File& index) : where_(index.path().string()) {
    const std::map<std::string, std::string> table = read_sorted_table(index);
    const auto header = table.find("");
    if (header == table.end()) fail_damaged(where_, "a table without the header of a TensorFlow checkpoint");
    open_shards(index.path(), read_header(header->second, where_));
    for (const auto& [name, bytes] : table) {
      if (name.empty()) continue;
      Entry entry = read_entry(name, bytes, where_);
      if (entry.stored.dtype.empty()) continue;
      check_extent(entry);
      entries_.emplace(name, std::move(entry));
    }
  }

  std::vector<StoredTensor> list() const override {
    std::vector<StoredTensor> list;
    for (const auto& [name, entry] : entries_) list.push_back(entry.stored);
    return list;
  }

  Tensor read(std::string_view name) const override {
    const auto found = entries_.find(name);
    if (found == entries_.end()) fail_absent(where_, name);
    const Entry& entry = found->second;
    const File& shard = shards_[entry.shard];
    return read_stored(entry.stored, shard.path().string(), [&](std::span<std::byte> bytes) {
      shard.read_at(entry.offset, bytes);
      if (masked_crc32c(crc32c(bytes)) != entry.checksum)
        fail_damaged(shard.path().string(), fmt::format("{} does not have its checksum", shown(name)));
    });
  }

 private:
  void open_shards(const std::filesystem::path& index, std::uint64_t count) {
    std::filesystem::path prefix = index;
    prefix.replace_extension();
    for (std::uint64_t i = 0; i < count; ++i) {
      shards_.push_back(File::open(fmt::format("{}.data-{:05}-of-{:05}", prefix.string(), i, count)));
    }
  }

  void check_extent(const Entry& entry) const {
    const std::string name = shown(entry.stored.name);
    const std::uint64_t bytes =
        static_cast<std::uint64_t>(entry.stored.shape.element_count()) * find_stored_dtype(entry.stored.dtype)->bytes;
    if (bytes != entry.size) {
      fail_damaged(where_, fmt::format("{} is {} {}, but has {} bytes", name, entry.stored.dtype,
                                       entry.stored.shape.to_string(), entry.size));
    }
    if (entry.shard >= shards_.size()) {
      fail_damaged(where_, fmt::format("{} lies in data file {} of {}", name, entry.shard, shards_.size()));
    }
    const std::uint64_t size = shards_[entry.shard].size();
    if (entry.offset > size || entry.size > size - entry.offset) {
      fail_damaged(where_,
                   fmt::format("{} is {} bytes at byte {} of a data file of {}", name, entry.size, entry.offset, size));
    }
  }

  std::string where_;
  std::vector<File> shards_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace

std::unique_ptr<NamedTensors> open_tensor_bundle(const File& index) { return std::make_unique<TensorBundle>(index); }

}  // namespace scoria
