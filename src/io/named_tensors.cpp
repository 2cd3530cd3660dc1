#include "scoria/io/named_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "io/file.h"
#include "io/json.h"
#include "io/misplaced_file.h"
#include "io/sorted_table.h"
#include "io/stored_tensor.h"
#include "io/tensor_bundle.h"
#include "io/torch_file.h"
#include "scoria/error.h"
#include "scoria/io/safetensors.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;
constexpr std::array<std::string_view, 4> kFileNames{"model.safetensors", "model.safetensors.index.json",
                                                     "pytorch_model.bin", "pytorch_model.bin.index.json"};
constexpr std::string_view kIndexEnd = ".index.json";
constexpr std::string_view kBundleEnd = ".index";
constexpr std::size_t kMaxShards = 1000;

// A pipe would be waited for, and a device read for ever. Links are followed: Hugging Face's cache is made of them.
void check_regular(const fs::path& path) {
  std::error_code error;
  if (const fs::file_status status = fs::status(path, error); fs::exists(status) && !fs::is_regular_file(status)) {
    throw Error(ErrorKind::Input, fmt::format("{} is no regular file; give a file of weights", path.string()));
  }
}

std::string first_bytes(const File& file) {
  std::string bytes(std::min<std::uint64_t>(file.size(), kTellingBytes), '\0');
  file.read_at(0, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

// Text in braces: what a server answers, or a configuration under another name. A safetensors header has its length
// before them.
void refuse_json(const std::string& begin, const fs::path& path) {
  if (begin.starts_with('{') && begin.find('\0') == begin.npos)
    throw Error(ErrorKind::Input, path.string() + " is JSON text, not weights; fetch the file of weights itself");
}

std::unique_ptr<NamedTensors> open_one_file(const fs::path& path) {
  check_regular(path);
  File file = File::open(path);
  const std::string begin = first_bytes(file);
  refuse_misplaced(begin, path);
  refuse_json(begin, path);
  if (is_torch_file(file)) return open_torch_file(std::move(file));
  if (is_sorted_table(file)) return open_tensor_bundle(file);
  return std::make_unique<SafetensorsFile>(path.string());
}

/// The tensors of several files that an index lists: {"weight_map": {NAME: FILE}}.
class Shards final : public NamedTensors {
 public:
  explicit Shards(const fs::path& index) : where_(index.string()) {
    check_regular(index);
    const nlohmann::json fields = read_json(index, {.max_depth = 4, .max_values = 2 * kMaxTensors});
    const nlohmann::json& map = json_member(fields, "weight_map", where_);
    if (!map.is_object())
      throw Error(ErrorKind::Input, where_ + ": \"weight_map\" must map tensors to files; fetch it again");
    for (const auto& [name, file] : map.items()) open_shard(index.parent_path(), json_string(map, name, where_));
    for (const auto& [name, file] : map.items()) {
      const auto found = tensors_.find(name);
      if (found == tensors_.end() || found->second.second != &shards_.at(file.get<std::string>())) {
        fail_damaged(where_, fmt::format("{} is not in {}", shown(name), shown(file.get<std::string>())));
      }
    }
  }

  std::vector<StoredTensor> list() const override {
    std::vector<StoredTensor> list;
    for (const auto& [name, tensor] : tensors_) list.push_back(tensor.first);
    return list;
  }

  Tensor read(std::string_view name) const override {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) fail_absent(where_, name);
    return (*found->second.second)->read(name);
  }

 private:
  using Shard = std::unique_ptr<NamedTensors>;

  void open_shard(const fs::path& folder, const std::string& name) {
    if (shards_.contains(name)) return;
    if (!is_plain_file_name(name)) {
      throw Error(ErrorKind::Input, fmt::format("{}: \"weight_map\" names {}, expected a plain file name beside it; do "
                                                "not use this model",
                                                where_, shown(name)));
    }
    if (shards_.size() >= kMaxShards) fail_damaged(where_, fmt::format("more than {} files", kMaxShards));
    const Shard& shard = shards_.emplace(name, open_one_file(folder / name)).first->second;
    for (StoredTensor& tensor : shard->list()) {
      if (tensors_.size() >= kMaxTensors) fail_damaged(where_, fmt::format("more than {} tensors", kMaxTensors));
      std::string key = tensor.name;
      if (!tensors_.try_emplace(key, std::move(tensor), &shard).second) {
        fail_damaged(where_, fmt::format("{} is in two of its files", shown(key)));
      }
    }
  }

  std::string where_;
  std::map<std::string, Shard> shards_;
  std::map<std::string, std::pair<StoredTensor, const Shard*>, std::less<>> tensors_;
};

fs::path only_bundle(const fs::path& folder) {
  fs::path found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() != kBundleEnd) continue;
    if (!found.empty()) {
      throw Error(ErrorKind::Input,
                  fmt::format("{} holds several checkpoints, {} and {}; give one of them", folder.string(),
                              found.filename().string(), entry->path().filename().string()));
    }
    found = entry->path();
  }
  return found;
}

fs::path find_weights(const fs::path& folder) {
  std::error_code error;
  for (const std::string_view name : kFileNames) {
    if (fs::exists(folder / name, error)) return folder / name;
  }
  fs::path bundle = only_bundle(folder);
  if (bundle.empty()) {
    const std::string other = other_weights(folder);
    throw Error(
        ErrorKind::Input,
        fmt::format("{} holds no weights: none of {}, and no TensorFlow checkpoint (*.index); {}", folder.string(),
                    fmt::join(kFileNames, ", "), other.empty() ? "give the folder of a model" : other));
  }
  return bundle;
}

}  // namespace

std::unique_ptr<NamedTensors> open_named_tensors(const fs::path& path) {
  std::error_code error;
  fs::path file = fs::is_directory(path, error) ? find_weights(path) : path;
  if (!fs::exists(file, error) && fs::exists(path.string() + std::string(kBundleEnd), error)) file += kBundleEnd;
  if (file.string().ends_with(kIndexEnd)) return std::make_unique<Shards>(file);
  return open_one_file(file);
}

}  // namespace scoria
