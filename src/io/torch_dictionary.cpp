#include "io/torch_dictionary.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "io/stored_tensor.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Kind = PickleValue::Kind;

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
constexpr std::array<std::string_view, 49> kGlobals{"collections OrderedDict",
                                                    kRebuildTensor,
                                                    kRebuildParameter,
                                                    "torch FloatStorage",
                                                    "torch HalfStorage",
                                                    "torch BFloat16Storage",
                                                    "torch DoubleStorage",
                                                    "torch LongStorage",
                                                    "torch IntStorage",
                                                    "torch ShortStorage",
                                                    "torch CharStorage",
                                                    "torch ByteStorage",
                                                    "torch BoolStorage",
                                                    "collections defaultdict",
                                                    "collections Counter",
                                                    "argparse Namespace",
                                                    "types SimpleNamespace",
                                                    "__builtin__ dict",
                                                    "__builtin__ list",
                                                    "__builtin__ set",
                                                    "__builtin__ frozenset",
                                                    "__builtin__ complex",
                                                    "__builtin__ bytearray",
                                                    "builtins dict",
                                                    "builtins list",
                                                    "builtins set",
                                                    "builtins frozenset",
                                                    "builtins complex",
                                                    "builtins bytearray",
                                                    "builtins slice",
                                                    "_codecs encode",
                                                    "numpy dtype",
                                                    "numpy ndarray",
                                                    "numpy.core.multiarray scalar",
                                                    "numpy.core.multiarray _reconstruct",
                                                    "numpy._core.multiarray scalar",
                                                    "numpy._core.multiarray _reconstruct",
                                                    "torch Size",
                                                    "torch device",
                                                    "torch float32",
                                                    "torch float16",
                                                    "torch bfloat16",
                                                    "torch float64",
                                                    "torch int64",
                                                    "pathlib PosixPath",
                                                    "pathlib WindowsPath",
                                                    "datetime timedelta",
                                                    "lightning.fabric.utilities.data AttributeDict",
                                                    "pytorch_lightning.utilities.parsing AttributeDict"};
// Where training programs keep a model's tensors.
constexpr std::array<std::string_view, 6> kStateNames{"state_dict", "model_state_dict", "model",
                                                      "module",     "model_state",      "net"};
constexpr int kMaxNesting = 4;

std::string text_of(const PickleValue* value) { return value->kind == Kind::Text ? value->text : ""; }

// Reads the dictionary that a pickle describes.
class DictionaryReader {
 public:
  explicit DictionaryReader(std::string where) : where_(std::move(where)) {}

  std::vector<TorchTensor> read(const PickleValue& root) const {
    const PickleValue& dictionary = state_of(root);
    std::vector<TorchTensor> entries;
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

  std::vector<TorchStorage> storages(const PickleValue& root) const {
    std::vector<TorchStorage> found;
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
    if (root.kind != Kind::Dict) {
      throw Error(ErrorKind::Input,
                  where_ + ": the pickle holds no dictionary of tensors; save a model's state_dict()");
    }
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

  TorchTensor tensor(const std::string& name, const PickleValue& call) const {
    const PickleValue* inner = &call;
    if (inner->items[0]->text == kRebuildParameter) inner = argument(name, *inner, 0, Kind::Call);
    if (inner->items[0]->text != kRebuildTensor) fail(name, "is not a tensor");
    TorchTensor entry;
    entry.storage = storage(name, *argument(name, *inner, 0, Kind::Persistent));
    entry.offset = unsigned_value(name, *argument(name, *inner, 1, Kind::Integer));
    const std::vector<std::uint64_t> sizes = numbers(name, *argument(name, *inner, 2, Kind::Tuple));
    entry.strides = numbers(name, *argument(name, *inner, 3, Kind::Tuple));
    entry.stored = {name, entry.storage.dtype, checked_shape(sizes, where_, name)};
    check_extent(entry);
    return entry;
  }

  TorchStorage storage(const std::string& name, const PickleValue& persistent) const {
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
  void check_extent(const TorchTensor& entry) const {
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

}  // namespace

std::span<const std::string_view> torch_globals() { return kGlobals; }

std::vector<TorchTensor> torch_tensors(const PickleValue& root, const std::string& where) {
  return DictionaryReader(where).read(root);
}

std::vector<TorchStorage> torch_storages(const PickleValue& root, const std::string& where) {
  return DictionaryReader(where).storages(root);
}

}  // namespace scoria
