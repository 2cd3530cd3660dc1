#include "io/torch_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "io/pickle.h"
#include "io/stored_tensor.h"
#include "io/torch_dictionary.h"
#include "io/zip.h"

namespace scoria {
namespace {

using Kind = PickleValue::Kind;

constexpr std::uint64_t kMaxPickleBytes = 16u << 20;
constexpr std::string_view kZipMagic = "PK\3\4";
// The pickles of the legacy magic number (0x1950a86a20f9469cfc6c) and of the format's version, 1001.
constexpr std::string_view kLegacyMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 15);
constexpr std::string_view kLegacyVersion("\x80\x02\x4d\xe9\x03\x2e", 6);

std::string text_of(const PickleValue* value) { return value->kind == Kind::Text ? value->text : ""; }

class TorchFile final : public NamedTensors {
 public:
  // `begin_of` says where the bytes of a storage begin in the file; it refuses one that is not there.
  template <typename BeginOf>
  TorchFile(File file, std::vector<TorchTensor> entries, BeginOf begin_of)
      : file_(std::move(file)), entries_(std::move(entries)) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      begins_.push_back(begin_of(entries_[i]));
      by_name_.emplace(entries_[i].stored.name, i);
    }
  }

  std::vector<StoredTensor> list() const override {
    std::vector<StoredTensor> list;
    for (const TorchTensor& entry : entries_) list.push_back(entry.stored);
    return list;
  }

  Tensor read(std::string_view name) const override {
    const auto found = by_name_.find(std::string(name));
    if (found == by_name_.end()) fail_absent(file_.path().string(), name);
    const TorchTensor& entry = entries_[found->second];
    return read_stored(entry.stored, file_.path().string(),
                       [&](std::span<std::byte> bytes) { fill(entry, begins_[found->second], bytes); });
  }

 private:
  void fill(const TorchTensor& entry, std::uint64_t storage_begin, std::span<std::byte> bytes) const {
    if (bytes.empty()) return;
    const std::uint64_t element_bytes = find_stored_dtype(entry.stored.dtype)->bytes;
    const std::uint64_t begin = storage_begin + entry.offset * element_bytes;
    if (is_contiguous(entry)) return file_.read_at(begin, bytes);
    std::vector<std::byte> storage((extent(entry) + 1) * element_bytes);
    file_.read_at(begin, storage);
    gather(entry, element_bytes, storage.data(), bytes.data());
  }

  static bool is_contiguous(const TorchTensor& entry) {
    std::uint64_t expected = 1;
    for (int axis = entry.stored.shape.rank() - 1; axis >= 0; --axis) {
      const auto size = static_cast<std::uint64_t>(entry.stored.shape[axis]);
      if (size != 1 && entry.strides[axis] != expected) return false;
      expected *= size;
    }
    return true;
  }

  // From the first element in memory to the last.
  static std::uint64_t extent(const TorchTensor& entry) {
    std::uint64_t last = 0;
    for (int axis = 0; axis < entry.stored.shape.rank(); ++axis) {
      last += static_cast<std::uint64_t>(entry.stored.shape[axis] - 1) * entry.strides[axis];
    }
    return last;
  }

  static void gather(const TorchTensor& entry, std::uint64_t element_bytes, const std::byte* from, std::byte* to) {
    const std::vector<std::int64_t>& sizes = entry.stored.shape.sizes();
    std::vector<std::int64_t> index(sizes.size(), 0);
    for (std::int64_t i = 0, count = entry.stored.shape.element_count(); i < count; ++i) {
      std::uint64_t offset = 0;
      for (std::size_t axis = 0; axis < sizes.size(); ++axis) offset += index[axis] * entry.strides[axis];
      std::memcpy(to + i * element_bytes, from + offset * element_bytes, element_bytes);
      for (std::size_t axis = sizes.size(); axis-- > 0 && ++index[axis] == sizes[axis];) index[axis] = 0;
    }
  }

  File file_;
  std::vector<TorchTensor> entries_;
  std::vector<std::uint64_t> begins_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

std::string read_part(const File& file, std::uint64_t begin, std::uint64_t size) {
  std::string bytes(size, '\0');
  file.read_at(begin, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::uint64_t storage_bytes(const std::string& where, const TorchStorage& storage) {
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(storage.elements, find_stored_dtype(storage.dtype)->bytes, &bytes)) {
    fail_damaged(where, fmt::format("the size of storage {} overflows 64 bits", shown(storage.key)));
  }
  return bytes;
}

std::unique_ptr<NamedTensors> open_zip(File file) {
  const std::string where = file.path().string();
  const ZipFile zip(file);
  const std::string pickle_name = zip.name_ending("/data.pkl");
  const std::optional<ZipFile::Range> program = zip.find(pickle_name);
  if (!program) fail_damaged(where, "a zip without one data.pkl, expected what torch.save writes");
  if (program->size > kMaxPickleBytes) {
    fail_damaged(where, fmt::format("a data.pkl of {} bytes, expected at most {}", program->size, kMaxPickleBytes));
  }
  const std::string folder = pickle_name.substr(0, pickle_name.size() - std::string_view("data.pkl").size());
  if (const auto order = zip.find(folder + "byteorder"); order && order->size <= 16) {
    if (read_part(file, order->begin, order->size) != "little")
      fail_damaged(where, "numbers that are not little-endian");
  }
  const std::string bytes = read_part(file, program->begin, program->size);
  ByteReader reader(bytes, where + " data.pkl");
  std::vector<TorchTensor> entries = torch_tensors(Pickle(reader, torch_globals()).result(), where);
  // The archive's members are found while the file is still here; the tensors take it along.
  std::unordered_map<std::string, std::uint64_t> begins;
  for (const TorchTensor& entry : entries) {
    const std::optional<ZipFile::Range> data = zip.find(folder + "data/" + entry.storage.key);
    if (!data || data->size < storage_bytes(where, entry.storage)) {
      fail_damaged(where, fmt::format("the storage {} of {} is missing or too short", shown(entry.storage.key),
                                      shown(entry.stored.name)));
    }
    begins[entry.storage.key] = data->begin;
  }
  return std::make_unique<TorchFile>(std::move(file), std::move(entries),
                                     [&](const TorchTensor& entry) { return begins.at(entry.storage.key); });
}

// After the pickles come the storages, in the order of the last pickle's list of keys: u64 elements, then the bytes.
std::unordered_map<std::string, std::uint64_t> place_storages(const File& file, std::uint64_t at,
                                                              const PickleValue& keys,
                                                              const std::vector<TorchStorage>& named) {
  const std::string where = file.path().string();
  if (keys.kind != Kind::List) fail_damaged(where, "no list of storages");
  std::unordered_map<std::string, const TorchStorage*> storages;
  for (const TorchStorage& storage : named) {
    const TorchStorage& first = *storages.emplace(storage.key, &storage).first->second;
    if (first.elements != storage.elements || first.dtype != storage.dtype) {
      fail_damaged(where, fmt::format("storage {} has two sizes or dtypes", shown(first.key)));
    }
  }
  std::unordered_map<std::string, std::uint64_t> begins;
  for (const PickleValue* key : keys.items) {
    const auto found = storages.find(text_of(key));
    if (found == storages.end()) fail_damaged(where, fmt::format("storage {} of no tensor", shown(text_of(key))));
    std::uint64_t elements = 0;
    file.read_at(at, std::as_writable_bytes(std::span(&elements, 1)));
    const std::uint64_t bytes = storage_bytes(where, *found->second);
    if (elements != found->second->elements || bytes > file.size() - at - 8) {
      fail_damaged(where, fmt::format("storage {} has {} elements at byte {}, expected {} within the file",
                                      shown(found->first), elements, at, found->second->elements));
    }
    begins[found->first] = at + 8;
    at += 8 + bytes;
  }
  return begins;
}

std::unique_ptr<NamedTensors> open_legacy(File file) {
  const std::string where = file.path().string();
  const std::string bytes = read_part(file, 0, std::min(file.size(), kMaxPickleBytes));
  ByteReader reader(bytes, where);
  reader.take(kLegacyMagic.size());
  if (reader.take(kLegacyVersion.size()) != kLegacyVersion) reader.fail("not version 1001 of PyTorch's old format");
  const Pickle system(reader, torch_globals());
  const Pickle root(reader, torch_globals());
  const Pickle keys(reader, torch_globals());
  std::vector<TorchTensor> entries = torch_tensors(root.result(), where);
  const auto begins = place_storages(file, reader.position(), keys.result(), torch_storages(root.result(), where));
  return std::make_unique<TorchFile>(std::move(file), std::move(entries), [&](const TorchTensor& entry) {
    const auto found = begins.find(entry.storage.key);
    if (found == begins.end())
      fail_damaged(where, fmt::format("{} has no storage in the file", shown(entry.stored.name)));
    return found->second;
  });
}

std::string first_bytes(const File& file) {
  return read_part(file, 0, std::min<std::uint64_t>(file.size(), kLegacyMagic.size()));
}

}  // namespace

bool is_torch_file(const File& file) {
  const std::string begin = first_bytes(file);
  return begin.starts_with(kZipMagic) || begin == kLegacyMagic;
}

std::unique_ptr<NamedTensors> open_torch_file(File file) {
  return first_bytes(file) == kLegacyMagic ? open_legacy(std::move(file)) : open_zip(std::move(file));
}

}  // namespace scoria
