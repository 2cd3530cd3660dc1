#include "scoria/io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "io/atomic_write.h"
#include "io/file.h"
#include "io/json.h"
#include "io/stored_tensor.h"
#include "scoria/error.h"

namespace scoria {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian; a swap would be needed here");

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
constexpr std::size_t kMaxMetadata = 10'000;
constexpr std::string_view kMetadataKey = "__metadata__";

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::Input,
              fmt::format("{}: {}; the file is damaged or not safetensors, fetch it again", where, what));
}

std::uint64_t unsigned_value(const nlohmann::json& value, const std::string& where, const std::string& what) {
  if (!value.is_number_unsigned()) fail(where, what + " must be a whole number that is not negative");
  return value.get<std::uint64_t>();
}

Shape parse_shape(const nlohmann::json& sizes, const std::string& where, const std::string& name) {
  if (!sizes.is_array()) fail(where, "the shape of " + shown(name) + " must be a list of sizes");
  std::vector<std::uint64_t> values;
  for (const nlohmann::json& size : sizes) {
    values.push_back(unsigned_value(size, where, "a size in the shape of " + shown(name)));
  }
  return checked_shape(values, where, name);
}

SafetensorsEntry parse_entry(const std::string& key, const nlohmann::json& fields, const std::string& where) {
  const std::string name = shown(key);
  if (key.size() > kMaxTensorNameBytes)
    fail(where, fmt::format("the name {}... has {} bytes, expected at most {}", name, key.size(), kMaxTensorNameBytes));
  if (!fields.is_object() || fields.size() != 3)
    fail(where, name + " must have dtype, shape and data_offsets, and nothing else");
  SafetensorsEntry entry;
  entry.name = key;
  entry.dtype = json_string(fields, "dtype", where);
  const StoredDType* dtype = find_stored_dtype(entry.dtype);
  if (!dtype) fail(where, fmt::format("{} has an unknown dtype {}", name, shown(entry.dtype)));
  entry.shape = parse_shape(json_member(fields, "shape", where), where, key);
  const nlohmann::json& offsets = json_member(fields, "data_offsets", where);
  if (!offsets.is_array() || offsets.size() != 2) fail(where, name + ": data_offsets must be two numbers");
  entry.begin = unsigned_value(offsets[0], where, "an offset of " + name);
  entry.end = unsigned_value(offsets[1], where, "an offset of " + name);
  const std::uint64_t bytes = static_cast<std::uint64_t>(entry.shape.element_count()) * dtype->bytes;
  if (entry.end < entry.begin || entry.end - entry.begin != bytes) {
    fail(where, fmt::format("{} is {} {}, {} bytes, but its data_offsets are [{}, {}]", name, entry.dtype,
                            entry.shape.to_string(), bytes, entry.begin, entry.end));
  }
  return entry;
}

std::map<std::string, std::string> parse_metadata(const nlohmann::json& fields, const std::string& where) {
  std::map<std::string, std::string> metadata;
  if (!fields.is_object()) fail(where, "__metadata__ must map strings to strings");
  if (fields.size() > kMaxMetadata)
    fail(where, fmt::format("{} members of __metadata__, expected at most {}", fields.size(), kMaxMetadata));
  for (const auto& [key, value] : fields.items()) {
    if (!value.is_string()) fail(where, fmt::format("__metadata__ {} must be a string", shown(key)));
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

void check_contiguous(const std::vector<SafetensorsEntry>& entries, std::uint64_t data_bytes,
                      const std::string& where) {
  std::uint64_t at = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin != at) {
      fail(where, fmt::format("{} starts at byte {} of the data, expected {}: tensors must follow each other with no "
                              "overlap and no hole",
                              shown(entry.name), entry.begin, at));
    }
    at = entry.end;
  }
  if (at != data_bytes)
    fail(where, fmt::format("the tensors end at byte {} of the data, the file has {}", at, data_bytes));
}

std::string read_header(const File& file, std::uint64_t& data_begin) {
  const std::string where = file.path().string();
  const std::uint64_t size = file.size();
  if (size < 8) fail(where, fmt::format("{} bytes, expected at least 8 for the header length", size));
  std::uint64_t length = 0;
  file.read_at(0, std::as_writable_bytes(std::span(&length, 1)));
  if (length > kMaxHeaderBytes)
    fail(where, fmt::format("a header of {} bytes, expected at most {}", length, kMaxHeaderBytes));
  if (length > size - 8) fail(where, fmt::format("a header of {} bytes in a file of {}", length, size));
  std::string header(length, '\0');
  file.read_at(8, std::as_writable_bytes(std::span(header)));
  if (!header.starts_with('{')) fail(where, "the header must start with {");
  data_begin = 8 + length;
  return header;
}

}  // namespace

struct SafetensorsFile::State {
  File file;
  std::uint64_t data_begin = 0;
  std::vector<SafetensorsEntry> entries;
  std::unordered_map<std::string_view, const SafetensorsEntry*> by_name;
  std::map<std::string, std::string> metadata;
};

SafetensorsFile::SafetensorsFile(const std::string& path) : state_(new State{File::open(path), 0, {}, {}, {}}) {
  const std::string header = read_header(state_->file, state_->data_begin);
  const JsonLimits limits{.max_depth = 8, .max_bytes = kMaxHeaderBytes, .max_values = kMaxTensors * 16};
  const nlohmann::json fields = parse_json(header, path, limits);
  if (fields.size() > kMaxTensors + 1)
    fail(path, fmt::format("{} tensors, expected at most {}", fields.size(), kMaxTensors));
  for (const auto& [key, value] : fields.items()) {
    if (key == kMetadataKey) {
      state_->metadata = parse_metadata(value, path);
    } else {
      state_->entries.push_back(parse_entry(key, value, path));
    }
  }
  std::sort(state_->entries.begin(), state_->entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  check_contiguous(state_->entries, state_->file.size() - state_->data_begin, path);
  for (const SafetensorsEntry& entry : state_->entries) state_->by_name[entry.name] = &entry;
}

SafetensorsFile::~SafetensorsFile() = default;
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;

const std::vector<SafetensorsEntry>& SafetensorsFile::entries() const { return state_->entries; }
const std::map<std::string, std::string>& SafetensorsFile::metadata() const { return state_->metadata; }

const SafetensorsEntry* SafetensorsFile::find(std::string_view name) const {
  const auto found = state_->by_name.find(name);
  return found == state_->by_name.end() ? nullptr : found->second;
}

void SafetensorsFile::read(std::string_view name, std::span<std::byte> bytes) const {
  const SafetensorsEntry* entry = find(name);
  const std::string where = state_->file.path().string();
  if (!entry) fail_absent(where, name);
  if (bytes.size() != entry->end - entry->begin) {
    throw Error(ErrorKind::Input,
                fmt::format("{}: {} is {} {}, {} bytes; {} were asked for", where, shown(name), entry->dtype,
                            entry->shape.to_string(), entry->end - entry->begin, bytes.size()));
  }
  state_->file.read_at(state_->data_begin + entry->begin, bytes);
}

std::vector<StoredTensor> SafetensorsFile::list() const { return {entries().begin(), entries().end()}; }

Tensor SafetensorsFile::read(std::string_view name) const {
  const SafetensorsEntry* entry = find(name);
  const std::string where = state_->file.path().string();
  if (!entry) fail_absent(where, name);
  return read_stored(*entry, where, [&](std::span<std::byte> bytes) { read(name, bytes); });
}

void write_safetensors(const std::string& path, std::span<const SafetensorsItem> items,
                       std::map<std::string, std::string> metadata) {
  std::vector<const SafetensorsItem*> order;
  for (const SafetensorsItem& item : items) order.push_back(&item);
  std::sort(order.begin(), order.end(), [](const SafetensorsItem* a, const SafetensorsItem* b) {
    const std::size_t a_bytes = size_bytes(a->desc.dtype), b_bytes = size_bytes(b->desc.dtype);
    return a_bytes != b_bytes ? a_bytes > b_bytes : a->name < b->name;
  });
  metadata.try_emplace("format", "pt");
  nlohmann::json header;
  header[std::string(kMetadataKey)] = metadata;
  std::uint64_t at = 0;
  for (const SafetensorsItem* item : order) {
    if (header.contains(item->name))
      throw Error(ErrorKind::Usage, fmt::format("{}: two tensors named {}", path, shown(item->name)));
    if (item->bytes.size() != item->desc.byte_count()) {
      throw Error(ErrorKind::Usage, fmt::format("{}: {} is {}, {} bytes; {} were given", path, shown(item->name),
                                                item->desc.to_string(), item->desc.byte_count(), item->bytes.size()));
    }
    const std::uint64_t end = at + item->bytes.size();
    header[item->name] = {
        {"dtype", stored_name(item->desc.dtype)}, {"shape", item->desc.shape.sizes()}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  write_atomically(path, [&](File& file) {
    const std::uint64_t length = text.size();
    file.write(std::as_bytes(std::span(&length, 1)));
    file.write(text);
    for (const SafetensorsItem* item : order) file.write(item->bytes);
  });
}

}  // namespace scoria
