#include "io/torch_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "io/pickle.h"
#include "io/zip.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Kind = PickleValue::Kind;

constexpr std::uint64_t kMaxPickleBytes = 16u << 20;
constexpr std::string_view kZipMagic = "PK\3\4";
// The pickles of the legacy magic number (0x1950a86a20f9469cfc6c) and of the format's version, 1001.
constexpr std::string_view kLegacyMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 15);
constexpr std::string_view kLegacyVersion("\x80\x02\x4d\xe9\x03\x2e", 6);

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kStorageTypes{
    {{"torch FloatStorage", "F32"},
     {"torch HalfStorage", "F16"},
     {"torch BFloat16Storage", "BF16"},
     {"torch DoubleStorage", "F64"},
     {"torch LongStorage", "I64"},
     {"torch IntStorage", "I32"},
     {"torch ShortStorage", "I16"},
     {"torch CharStorage", "I8"},
     {"torch ByteStorage", "U8"},
     {"torch BoolStorage", "BOOL"}}};
constexpr std::string_view kRebuildTensor = "torch._utils _rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils _rebuild_parameter";
// Tensors and dictionaries, and what stands beside them in the checkpoints of training programs: numbers of NumPy,
// settings, devices, paths. Nothing of it is made; a value that is none of the former is passed over.
constexpr std::array<std::string_view, 49> kGlobals{
    "collections OrderedDict", kRebuildTensor, kRebuildParameter, "torch FloatStorage", "torch HalfStorage",
    "torch BFloat16Storage", "torch DoubleStorage", "torch LongStorage", "torch IntStorage", "torch ShortStorage",
    "torch CharStorage", "torch ByteStorage", "torch BoolStorage",
    "collections defaultdict", "collections Counter", "argparse Namespace", "types SimpleNamespace",
    "__builtin__ dict", "__builtin__ list", "__builtin__ set", "__builtin__ frozenset", "__builtin__ complex",
    "__builtin__ bytearray", "builtins dict", "builtins list", "builtins set", "builtins frozenset",
    "builtins complex", "builtins bytearray", "builtins slice", "_codecs encode",
    "numpy dtype", "numpy ndarray", "numpy.core.multiarray scalar", "numpy.core.multiarray _reconstruct",
    "numpy._core.multiarray scalar", "numpy._core.multiarray _reconstruct",
    "torch Size", "torch device", "torch float32", "torch float16", "torch bfloat16", "torch float64", "torch int64",
    "pathlib PosixPath", "pathlib WindowsPath", "datetime timedelta",
    "lightning.fabric.utilities.data AttributeDict", "pytorch_lightning.utilities.parsing AttributeDict"};
// Where training programs keep a model's tensors.
constexpr std::array<std::string_view, 6> kStateNames{"state_dict", "model_state_dict", "model",
                                                      "module",     "model_state",      "net"};
constexpr int kMaxNesting = 4;

// A storage as the pickle names it.
struct Storage {
  std::string key;
  std::string dtype;
  std::uint64_t elements = 0;
};

struct Entry {
  StoredTensor stored;
  Storage storage;
  std::uint64_t offset = 0;  // in elements
  std::vector<std::uint64_t> strides;
};

std::string text_of(const PickleValue* value) { return value->kind == Kind::Text ? value->text : ""; }

// Reads the dictionary that a pickle describes.
class DictionaryReader {
 public:
  explicit DictionaryReader(std::string where) : where_(std::move(where)) {}

  std::vector<Entry> read(const PickleValue& root) const {
    const PickleValue& dictionary = state_of(root);
    std::vector<Entry> entries;
    std::set<std::string_view> names;
    for (std::size_t i = 0; i + 1 < dictionary.items.size(); i += 2) {
      const PickleValue &key = *dictionary.items[i], &value = *dictionary.items[i + 1];
      if (!is_tensor(value)) continue;
      if (key.kind != Kind::Text) fail_damaged(where_, "a tensor whose key is not a text");
      if (key.text.size() > kMaxTensorNameBytes) {
        fail_damaged(where_, fmt::format("the name {}... has {} bytes, expected at most {}", shown(key.text),
                                         key.text.size(), kMaxTensorNameBytes));
      }
      if (!names.insert(key.text).second) fail_damaged(where_, fmt::format("{} twice", shown(key.text)));
      entries.push_back(tensor(key.text, value));
    }
    if (entries.size() > kMaxTensors) {
      fail_damaged(where_, fmt::format("{} tensors, expected at most {}", entries.size(), kMaxTensors));
    }
    if (entries.empty() && !dictionary.items.empty()) refuse_without_tensors(dictionary);
    return entries;
  }

  /// Every storage that a pickle names, those of an optimizer's tensors too.
  std::vector<Storage> storages(const PickleValue& root) const {
    std::vector<Storage> found;
    std::set<const PickleValue*> seen{&root};
    std::vector<const PickleValue*> open{&root};
    while (!open.empty()) {
      const PickleValue& value = *open.back();
      open.pop_back();
      if (value.kind == Kind::Persistent) found.push_back(storage("a tensor", value));
      for (const PickleValue* item : value.items) {
        if (seen.insert(item).second) open.push_back(item);
      }
    }
    return found;
  }

 private:
  // The dictionary of tensors: the root, or the one within it under a name that programs use.
  const PickleValue& state_of(const PickleValue& root, int depth = 0) const {
    if (root.kind != Kind::Dict) fail_damaged(where_, "the pickle holds no dictionary of tensors");
    const PickleValue* found = nullptr;
    std::string_view found_name;
    for (std::size_t i = 0; i + 1 < root.items.size() && depth < kMaxNesting; i += 2) {
      const PickleValue &key = *root.items[i], &value = *root.items[i + 1];
      const auto* name = std::ranges::find(kStateNames, text_of(&key));
      if (name == kStateNames.end() || value.kind != Kind::Dict || !holds_tensors(value, depth + 1)) continue;
      if (found && found != &value) {
        throw Error(ErrorKind::Input,
                    fmt::format("{}: tensors stand under both \"{}\" and \"{}\"; save the state_dict() of one model",
                                where_, found_name, *name));
      }
      found = &value;
      found_name = *name;
    }
    return found ? state_of(*found, depth + 1) : root;
  }

  static bool holds_tensors(const PickleValue& dictionary, int depth) {
    if (depth > kMaxNesting) return false;
    for (std::size_t i = 0; i + 1 < dictionary.items.size(); i += 2) {
      const PickleValue &key = *dictionary.items[i], &value = *dictionary.items[i + 1];
      if (is_tensor(value)) return true;
      const bool is_state = std::ranges::find(kStateNames, text_of(&key)) != kStateNames.end();
      if (is_state && value.kind == Kind::Dict && holds_tensors(value, depth + 1)) return true;
    }
    return false;
  }

  static bool is_tensor(const PickleValue& value) {
    if (value.kind != Kind::Call) return false;
    const std::string& function = value.items[0]->text;
    return function == kRebuildTensor || function == kRebuildParameter;
  }

  [[noreturn]] void refuse_without_tensors(const PickleValue& dictionary) const {
    std::string keys;
    for (std::size_t i = 0; i + 1 < dictionary.items.size() && i < 16; i += 2)
      keys += fmt::format("{}{}", keys.empty() ? "" : ", ", shown(text_of(dictionary.items[i])));
    throw Error(ErrorKind::Input, fmt::format("{}: no tensors in the dictionary of {}, nor under {} of it; save the "
                                              "model's state_dict()",
                                              where_, keys, fmt::join(kStateNames, ", ")));
  }

  Entry tensor(const std::string& name, const PickleValue& call) const {
    const PickleValue* inner = &call;
    if (inner->items[0]->text == kRebuildParameter) inner = argument(name, *inner, 0, Kind::Call);
    if (inner->items[0]->text != kRebuildTensor) fail(name, "is not a tensor");
    Entry entry;
    entry.storage = storage(name, *argument(name, *inner, 0, Kind::Persistent));
    entry.offset = unsigned_value(name, *argument(name, *inner, 1, Kind::Integer));
    const std::vector<std::uint64_t> sizes = numbers(name, *argument(name, *inner, 2, Kind::Tuple));
    entry.strides = numbers(name, *argument(name, *inner, 3, Kind::Tuple));
    entry.stored = {name, entry.storage.dtype, checked_shape(sizes, where_, name)};
    check_extent(entry);
    return entry;
  }

  Storage storage(const std::string& name, const PickleValue& persistent) const {
    const PickleValue& id = *persistent.items[0];
    if (id.kind != Kind::Tuple || id.items.size() < 5 || text_of(id.items[0]) != "storage")
      fail(name, "has no storage");
    const auto* type = std::ranges::find(kStorageTypes, std::string_view(id.items[1]->text),
                                         &std::pair<std::string_view, std::string_view>::first);
    if (id.items[1]->kind != Kind::Global || type == kStorageTypes.end()) fail(name, "has a storage of no known type");
    if (id.items.size() > 5 && id.items[5]->kind != Kind::None) fail(name, "is a view of another storage");
    return {text_of(id.items[2]), std::string(type->second), unsigned_value(name, *id.items[4])};
  }

  // All elements lie in the storage, and no element of it is multiplied by a stride of zero.
  void check_extent(const Entry& entry) const {
    const std::string& name = entry.stored.name;
    const std::vector<std::int64_t>& sizes = entry.stored.shape.sizes();
    if (sizes.size() != entry.strides.size()) fail(name, "has sizes and strides that do not fit");
    const auto count = static_cast<std::uint64_t>(entry.stored.shape.element_count());
    if (count > entry.storage.elements) fail(name, "has more elements than its storage");
    if (count == 0) return;
    std::uint64_t last = entry.offset;
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
      std::uint64_t step = 0;
      if (__builtin_mul_overflow(static_cast<std::uint64_t>(sizes[axis] - 1), entry.strides[axis], &step) ||
          __builtin_add_overflow(last, step, &last)) {
        fail(name, "has strides that overflow 64 bits");
      }
    }
    if (last >= entry.storage.elements) fail(name, "reaches beyond its storage");
  }

  const PickleValue* argument(const std::string& name, const PickleValue& call, std::size_t index, Kind kind) const {
    const PickleValue& arguments = *call.items[1];
    if (index >= arguments.items.size() || arguments.items[index]->kind != kind) {
      fail(name, fmt::format("has no usable argument {} of {}", index, call.items[0]->text));
    }
    return arguments.items[index];
  }

  std::vector<std::uint64_t> numbers(const std::string& name, const PickleValue& tuple) const {
    std::vector<std::uint64_t> values;
    for (const PickleValue* item : tuple.items) values.push_back(unsigned_value(name, *item));
    return values;
  }

  std::uint64_t unsigned_value(const std::string& name, const PickleValue& value) const {
    if (value.kind != Kind::Integer || value.integer < 0) fail(name, "has a size that is no number from 0 on");
    return static_cast<std::uint64_t>(value.integer);
  }

  [[noreturn]] void fail(const std::string& name, std::string_view what) const {
    fail_damaged(where_, fmt::format("{} {}", shown(name), what));
  }

  std::string where_;
};

class TorchFile final : public NamedTensors {
 public:
  // `begin_of` says where the bytes of a storage begin in the file; it refuses one that is not there.
  template <typename BeginOf>
  TorchFile(File file, std::vector<Entry> entries, BeginOf begin_of)
      : file_(std::move(file)), entries_(std::move(entries)) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      begins_.push_back(begin_of(entries_[i]));
      by_name_.emplace(entries_[i].stored.name, i);
    }
  }

  std::vector<StoredTensor> list() const override {
    std::vector<StoredTensor> list;
    for (const Entry& entry : entries_) list.push_back(entry.stored);
    return list;
  }

  Tensor read(std::string_view name) const override {
    const auto found = by_name_.find(std::string(name));
    if (found == by_name_.end()) fail_absent(file_.path().string(), name);
    const Entry& entry = entries_[found->second];
    Tensor tensor = make_tensor(entry.stored, file_.path().string());
    if (tensor.bytes().empty()) return tensor;
    const std::uint64_t element_bytes = size_bytes(tensor.dtype());
    const std::uint64_t begin = begins_[found->second] + entry.offset * element_bytes;
    if (is_contiguous(entry)) {
      file_.read_at(begin, tensor.bytes());
      return tensor;
    }
    std::vector<std::byte> storage((extent(entry) + 1) * element_bytes);
    file_.read_at(begin, storage);
    gather(entry, element_bytes, storage.data(), tensor.bytes().data());
    return tensor;
  }

 private:
  static bool is_contiguous(const Entry& entry) {
    std::uint64_t expected = 1;
    for (int axis = entry.stored.shape.rank() - 1; axis >= 0; --axis) {
      const auto size = static_cast<std::uint64_t>(entry.stored.shape[axis]);
      if (size != 1 && entry.strides[axis] != expected) return false;
      expected *= size;
    }
    return true;
  }

  // From the first element in memory to the last.
  static std::uint64_t extent(const Entry& entry) {
    std::uint64_t last = 0;
    for (int axis = 0; axis < entry.stored.shape.rank(); ++axis) {
      last += static_cast<std::uint64_t>(entry.stored.shape[axis] - 1) * entry.strides[axis];
    }
    return last;
  }

  static void gather(const Entry& entry, std::uint64_t element_bytes, const std::byte* from, std::byte* to) {
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
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> begins_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

std::string read_part(const File& file, std::uint64_t begin, std::uint64_t size) {
  std::string bytes(size, '\0');
  file.read_at(begin, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::uint64_t storage_bytes(const std::string& where, const Storage& storage) {
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
  std::vector<Entry> entries = DictionaryReader(where).read(Pickle(reader, kGlobals).result());
  // The archive's members are found while the file is still here; the tensors take it along.
  std::unordered_map<std::string, std::uint64_t> begins;
  for (const Entry& entry : entries) {
    const std::optional<ZipFile::Range> data = zip.find(folder + "data/" + entry.storage.key);
    if (!data || data->size < storage_bytes(where, entry.storage)) {
      fail_damaged(where, fmt::format("the storage {} of {} is missing or too short", shown(entry.storage.key),
                                      shown(entry.stored.name)));
    }
    begins[entry.storage.key] = data->begin;
  }
  return std::make_unique<TorchFile>(std::move(file), std::move(entries),
                                     [&](const Entry& entry) { return begins.at(entry.storage.key); });
}

// After the pickles come the storages, in the order of the last pickle's list of keys: u64 elements, then the bytes.
std::unordered_map<std::string, std::uint64_t> place_storages(const File& file, std::uint64_t at,
                                                              const PickleValue& keys,
                                                              const std::vector<Storage>& named) {
  const std::string where = file.path().string();
  if (keys.kind != Kind::List) fail_damaged(where, "no list of storages");
  std::unordered_map<std::string, const Storage*> storages;
  for (const Storage& storage : named) {
    const Storage& first = *storages.emplace(storage.key, &storage).first->second;
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
  const Pickle system(reader, kGlobals);
  const Pickle root(reader, kGlobals);
  const Pickle keys(reader, kGlobals);
  const DictionaryReader dictionary(where);
  std::vector<Entry> entries = dictionary.read(root.result());
  const auto begins = place_storages(file, reader.position(), keys.result(), dictionary.storages(root.result()));
  return std::make_unique<TorchFile>(std::move(file), std::move(entries), [&](const Entry& entry) {
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
