#include "scoria/model/bert_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/half.h"
#include "base/log.h"
#include "io/atomic_write.h"
#include "io/file.h"
#include "io/json.h"
#include "io/model_keys.h"
#include "io/stored_tensor.h"
#include "model/bert_head.h"
#include "model/module_list.h"
#include "model/score_function.h"
#include "model/stored_names.h"
#include "scoria/error.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kDecoder = "cls.predictions.decoder.weight";
constexpr std::array<std::string_view, 2> kConfigNames{"config.json", "bert_config.json"};

/// The names of today of a file's tensors.
class NameSet {
 public:
  NameSet(const NamedTensors& file, std::string_view where) {
    std::vector<std::string> stored;
    for (const StoredTensor& tensor : file.list()) stored.push_back(tensor.name);
    const std::vector<CurrentName> current = current_names(stored, where);
    for (std::size_t i = 0; i < stored.size(); ++i) stored_.try_emplace(current[i].name, stored[i]);
  }
  bool has(std::string_view prefix) const {
    const auto found = stored_.lower_bound(prefix);
    return found != stored_.end() && found->first.starts_with(prefix);
  }
  /// The name in the file; "" if there is none.
  std::string stored(std::string_view name) const {
    const auto found = stored_.find(name);
    return found == stored_.end() ? "" : found->second;
  }

 private:
  std::map<std::string, std::string, std::less<>> stored_;
};

// Whether two tensors of a file that are one in a tied model are not. As transformers: then the model is not tied.
bool differ(const NamedTensors& file, const NameSet& names, std::string_view first, std::string_view second) {
  const std::string a = names.stored(first), b = names.stored(second);
  if (a.empty() || b.empty()) return false;
  const Tensor x = file.read(a), y = file.read(b);
  return x.desc() != y.desc() || !std::ranges::equal(x.bytes(), y.bytes());
}

void untie_if_stored_apart(const NamedTensors& file, const NameSet& names, const std::string& where,
                           BertConfig& config) {
  if (!config.tie_word_embeddings) return;
  const bool apart = differ(file, names, "bert.embeddings.word_embeddings.weight", kDecoder) ||
                     differ(file, names, "cls.predictions.bias", "cls.predictions.decoder.bias");
  if (!apart) return;
  config.tie_word_embeddings = false;
  log(LogLevel::Warning, fmt::format("{}: the decoder differs from the word table, so it is read as its own; "
                                     "\"tie_word_embeddings\" false in config.json says so",
                                     where));
}

// What the tensors are where the configuration does not say. A classifier may be one of sequences or of tokens.
BertHead head_of_tensors(const NameSet& names, const std::string& where) {
  if (names.has("classifier.")) {
    throw Error(ErrorKind::Input,
                where +
                    ": the configuration has no \"architectures\", and a classifier may be of sequences or of tokens; "
                    "add \"architectures\", or say which head to load");
  }
  const bool mlm = names.has("cls.predictions."), next_sentence = names.has("cls.seq_relationship.");
  if (mlm && next_sentence) return BertHead::Pretraining;
  if (mlm) return BertHead::MaskedLm;
  if (next_sentence) return BertHead::NextSentence;
  if (names.has("qa_outputs.")) return BertHead::QuestionAnswering;
  return names.has("bert.pooler.") ? BertHead::Pooler : BertHead::Encoder;
}

BertHead choose_head(const BertConfig& config, const NameSet& names, const std::string& where) {
  if (config.architecture.empty()) return head_of_tensors(names, where);
  const std::optional<BertHead> head = head_of_architecture(config.architecture);
  if (!head) {
    throw Error(ErrorKind::Input, fmt::format("{}: \"architectures\" is {}, expected one of {}; say which head to load",
                                              where, shown(config.architecture), known_architectures()));
  }
  return head == BertHead::Pooler && !names.has("bert.pooler.") ? BertHead::Encoder : *head;
}

// One of texts and one of tokens have tensors of the same names and shapes.
void tell_other_classifier(const BertConfig& config, BertHead head, const std::string& where) {
  const std::optional<BertHead> made = head_of_architecture(config.architecture);
  const auto classifies = [](BertHead each) {
    return each == BertHead::SequenceClassification || each == BertHead::TokenClassification;
  };
  if (!made || *made == head || !classifies(*made) || !classifies(head)) return;
  log(LogLevel::Warning, fmt::format("{}: a {}, whose classifier is taken for that of a {}", where, config.architecture,
                                     architecture(head)));
}

// The dtype of all tensors of floats; f32 where they differ, which holds the others exactly.
DType common_dtype(const NamedTensors& file) {
  std::set<std::string> dtypes;
  for (const StoredTensor& stored : file.list()) {
    if (stored.dtype.find('F') != std::string::npos) dtypes.insert(stored.dtype);
  }
  if (dtypes == std::set<std::string>{"F16"}) return DType::f16;
  if (dtypes == std::set<std::string>{"BF16"}) return DType::bf16;
  return DType::f32;
}

// transformers computes in the dtype that config.json says.
void tell_half(DType dtype, const std::string& where) {
  if (dtype == DType::f32) return;
  log(LogLevel::Info, fmt::format("{}: \"dtype\" is {}, in which transformers computes; here it is float32", where,
                                  dtype == DType::f16 ? "float16" : "bfloat16"));
}

// What sentence-transformers says of a cross-encoder stands in a file of its own since its version 5.4, and goes first
// in a folder that it saved, with a list of modules.
// How to generate says nothing to a BERT, but a key that nobody knows may.
void read_files_beside(const fs::path& folder, BertConfig& config) {
  std::error_code error;
  const fs::path path = folder / "config_sentence_transformers.json";
  if (fs::exists(path, error) && fs::exists(folder / "modules.json", error)) {
    const nlohmann::json fields = read_json(path);
    const auto function = fields.is_object() ? fields.find("activation_fn") : fields.end();
    if (function != fields.end() && !function->is_null())
      config.activation_fn = score_function_of(*function, path.string());
  }
  if (const fs::path generation = folder / "generation_config.json"; fs::exists(generation, error))
    check_model_keys(ModelFile::GenerationConfig, read_json(generation), generation);
}

bool may_start(const std::string& name, const std::vector<std::string>& new_parameters) {
  return std::ranges::any_of(new_parameters, [&](const std::string& part) { return name.starts_with(part); });
}

// Moves what the caller lets start anew from a list of missing or reshaped tensors to the list of started ones.
void start_new(const BertLoading& loading, BertModel& model, std::vector<std::string>& absent,
               ParameterReport& report) {
  for (const PlacedParameter& parameter : model.layout.parameters()) {
    const auto is_of_parameter = [&](const std::string& entry) {
      return std::ranges::any_of(parameter.stored_names, [&](const std::string& name) {
        return entry == name || entry.starts_with(name + ": ");
      });
    };
    if (!may_start(parameter.name, loading.new_parameters) || std::ranges::none_of(absent, is_of_parameter)) continue;
    model.layout.start(parameter.name, model.weights.values<float>(), loading.seed, model.config.initializer_range);
    report.started.push_back(parameter.name);
    std::erase_if(absent, is_of_parameter);
  }
}

// Other heads' tensors are no news; what no BERT has may be a part of the model that is not computed.
void tell_foreign(const ParameterReport& report, const std::string& where) {
  std::vector<std::string> foreign = report.unexpected;
  const std::vector<std::string> parts{"bert.pooler.", "cls.", "classifier.", "qa_outputs."};
  const std::vector<CurrentName> current = current_names(report.unexpected);
  std::size_t count = 0;
  for (std::size_t i = 0; i < current.size(); ++i) {
    if (!may_start(current[i].name, parts)) foreign[count++] = report.unexpected[i];
  }
  if (count == 0) return;
  log(LogLevel::Warning, fmt::format("{}: {} tensors are of no part of this BERT and were passed over: {}{}", where,
                                     count, foreign[0], count > 1 ? ", ..." : ""));
}

void require_complete(const ParameterReport& report, BertHead head, const std::string& where) {
  if (report.complete()) return;
  const bool lacks_decoder = std::ranges::find(report.missing, kDecoder) != report.missing.end();
  throw Error(ErrorKind::Input,
              fmt::format("{}: not all of a {} ({}); {}", where, architecture(head), report.to_string(),
                          lacks_decoder ? "\"tie_word_embeddings\" is false, say true if that is the word table"
                                        : "load another head, or let the new ones start anew"));
}

Tensor halves_of(const SafetensorsItem& item, DType dtype) {
  Tensor halves(dtype, item.desc.shape);
  const std::span<std::uint16_t> bits = halves.values<std::uint16_t>();
  const auto* values = reinterpret_cast<const float*>(item.bytes.data());
  for (std::size_t i = 0; i < bits.size(); ++i) {
    bits[i] = dtype == DType::f16 ? f16_from_float(values[i]) : bf16_from_float(values[i]);
  }
  return halves;
}

}  // namespace

BertModel BertModel::make(const BertConfig& config, BertHead head, std::uint64_t seed) {
  ParameterLayout layout(bert_parameters(config, head));
  Tensor weights = layout.initial_values(seed, config.initializer_range);
  return {config, head, std::move(layout), std::move(weights)};
}

fs::path bert_folder(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return transformer_folder(path);
  const bool is_file = fs::exists(path, error) || fs::exists(path.string() + ".index", error);
  if (!is_file) throw Error(ErrorKind::Input, path.string() + ": no such folder or file; give the folder of a model");
  return path.has_parent_path() ? path.parent_path() : ".";
}

BertConfig load_bert_config(const fs::path& path) {
  const fs::path folder = bert_folder(path);
  std::error_code error;
  for (const std::string_view name : kConfigNames) {
    if (fs::exists(folder / name, error)) return BertConfig::load(folder / name);
  }
  throw Error(
      ErrorKind::Input,
      fmt::format("{} holds no config.json and no bert_config.json; give the folder of a model", folder.string()));
}

LoadedBert load_bert(const fs::path& path, const BertLoading& loading) {
  BertConfig config = load_bert_config(path);
  read_files_beside(bert_folder(path), config);
  std::error_code error;
  const bool is_folder = fs::is_directory(path, error);
  const std::unique_ptr<NamedTensors> file = open_named_tensors(is_folder ? bert_folder(path) : path);
  const NameSet names(*file, path.string());
  const BertHead head = loading.head ? *loading.head : choose_head(config, names, path.string());
  if (loading.new_parameters.empty()) tell_other_classifier(config, head, path.string());
  if (head_parts(head).mlm) untie_if_stored_apart(*file, names, path.string(), config);
  if (!loading.labels.empty()) config.labels = loading.labels;
  config.architecture = architecture(head);
  tell_half(config.dtype, path.string());
  config.dtype = common_dtype(*file);
  ParameterLayout layout(bert_parameters(config, head));
  Tensor weights(DType::f32, {layout.element_count()});
  LoadedBert loaded{{std::move(config), head, std::move(layout), std::move(weights)}, {}};
  ParameterReport& report = loaded.report;
  report = load_parameters(*file, loaded.model.layout, loaded.model.weights.values<float>());
  start_new(loading, loaded.model, report.missing, report);
  start_new(loading, loaded.model, report.reshaped, report);
  tell_foreign(report, path.string());
  require_complete(report, head, path.string());
  return loaded;
}

void save_bert(const fs::path& folder, const BertModel& model) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw_io_error("write", folder, error.value());
  BertConfig config = model.config;
  config.architecture = architecture(model.head);
  std::vector<SafetensorsItem> items = parameter_items(model.layout, model.weights.values<float>());
  std::vector<Tensor> halves;
  halves.reserve(items.size());
  if (config.dtype != DType::f32) {
    for (SafetensorsItem& item : items) {
      halves.push_back(halves_of(item, config.dtype));
      item = {item.name, halves.back().desc(), halves.back().bytes()};
    }
  }
  write_safetensors((folder / "model.safetensors").string(), items);
  write_atomically(folder / kConfigNames[0], config.to_json());
}

}  // namespace scoria
