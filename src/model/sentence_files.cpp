// What sentence-transformers writes beside a BERT, as a SentencePipeline.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/log.h"
#include "io/json.h"
#include "io/model_keys.h"
#include "model/module_list.h"
#include "model/sentence_modules.h"
#include "scoria/error.h"
#include "scoria/io/named_tensors.h"
#include "scoria/model/sentence_pipeline.h"
#include "tensor/element.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Mode = SentencePooling::Mode;

constexpr std::int64_t kMostTokens = 1 << 30, kMostFeatures = 1 << 20;
constexpr const char* kVector = "sentence_embedding";
constexpr const char* kFolderFile = "config_sentence_transformers.json";
constexpr const char* kVectorModel = "SentenceTransformer";

// The booleans that chose poolings before version 5.4, in the order in which those were joined.
constexpr std::array<std::pair<const char*, Mode>, 6> kModeKeys{
    {{"pooling_mode_cls_token", Mode::Cls},
     {"pooling_mode_max_tokens", Mode::Max},
     {"pooling_mode_mean_tokens", Mode::Mean},
     {"pooling_mode_mean_sqrt_len_tokens", Mode::MeanSqrtLength},
     {"pooling_mode_weightedmean_tokens", Mode::WeightedMean},
     {"pooling_mode_lasttoken", Mode::LastToken}}};

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::Input, fmt::format("{}: {}", where, what));
}

/// The object of a JSON file, with its keys checked, and what is read from it by key.
class Fields {
 public:
  Fields(ModelFile file, const fs::path& path) : Fields(file, read_json(path), path) {}
  Fields(ModelFile file, Json fields, const fs::path& path) : fields_(std::move(fields)), where_(path.string()) {
    if (!fields_.is_object()) refuse(where_, "expected an object of keys");
    check_model_keys(file, fields_, path);
  }

  const std::string& where() const { return where_; }
  const Json& all() const { return fields_; }
  bool empty() const { return fields_.empty(); }
  bool has(const char* key) const { return fields_.contains(key) && !fields_[key].is_null(); }
  std::int64_t integer(const char* key, std::int64_t low, std::int64_t high) const {
    return json_integer(fields_, key, where_, low, high);
  }
  std::string text(const char* key, const char* otherwise) const {
    return has(key) ? json_string(fields_, key, where_) : otherwise;
  }
  bool flag(const char* key, bool otherwise) const {
    if (!has(key)) return otherwise;
    if (!fields_[key].is_boolean()) refuse(where_, fmt::format("\"{}\" must be true or false", key));
    return fields_[key].get<bool>();
  }
  void expect(const char* key, const char* only, const char* advice) const {
    const std::string value = text(key, only);
    if (value != only)
      refuse(where_, fmt::format("\"{}\" is {}, expected \"{}\": {}", key, Json(value).dump(), only, advice));
  }

 private:
  Json fields_;
  std::string where_;
};

Mode read_mode(const Json& value, const std::string& where) {
  const std::optional<Mode> mode = value.is_string() ? pooling_mode(value.get<std::string>()) : std::nullopt;
  if (!mode)
    refuse(where, fmt::format("pooling {} is not computed here; there are cls, max, mean, mean_sqrt_len_tokens, "
                              "weightedmean, lasttoken and lists of them",
                              value.dump(-1, ' ', false, Json::error_handler_t::replace)));
  return *mode;
}

std::vector<Mode> read_modes(const Fields& fields) {
  std::vector<Mode> modes;
  if (fields.has("pooling_mode")) {
    const Json& chosen = fields.all()["pooling_mode"];
    if (!chosen.is_array()) return {read_mode(chosen, fields.where())};
    for (const Json& one : chosen) modes.push_back(read_mode(one, fields.where()));
    if (modes.empty()) refuse(fields.where(), "\"pooling_mode\" is an empty list; name a pooling");
    return modes;
  }
  for (const auto& [key, mode] : kModeKeys) {
    if (fields.flag(key, false)) modes.push_back(mode);
  }
  return modes.empty() ? std::vector{Mode::Mean} : modes;
}

SentencePooling read_pooling(const fs::path& path) {
  const Fields fields(ModelFile::Pooling, path);
  return {.modes = read_modes(fields), .include_prompt = fields.flag("include_prompt", true)};
}

// Of a module whose vectors are a text's, not its tokens'.
void expect_vectors(const Fields& fields) {
  for (const char* key : {"module_input_name", "module_output_name"})
    fields.expect(key, kVector, "modules of tokens are not computed here; take a model that pools before it");
}

/// The weights of a module, each asked for once.
class ModuleWeights {
 public:
  explicit ModuleWeights(const fs::path& folder) : where_(folder.string()), file_(open_named_tensors(folder)) {
    for (const StoredTensor& stored : file_->list()) left_.insert(stored.name);
  }

  Tensor take(const std::string& name, const Shape& shape) {
    if (left_.erase(name) == 0) refuse(where_, fmt::format("its weights lack \"{}\"; save the module again", name));
    const Tensor stored = file_->read(name);
    if (!is_float(stored.dtype()) || stored.shape() != shape)
      refuse(where_, fmt::format("\"{}\" is {}, expected f32 {}", name, stored.desc().to_string(), shape.to_string()));
    std::vector<double> values(static_cast<std::size_t>(shape.element_count()));
    to_double(stored.dtype(), stored.bytes().data(), values);
    return Tensor::from(shape, std::vector<float>(values.begin(), values.end()));
  }
  // nn.Linear keeps [out, in].
  Tensor take_transposed(const std::string& name, std::int64_t in, std::int64_t out) {
    const Tensor stored = take(name, {out, in});
    Tensor result(DType::f32, {in, out});
    for (std::int64_t o = 0; o < out; ++o) {
      for (std::int64_t i = 0; i < in; ++i)
        result.values<float>()[static_cast<std::size_t>(i * out + o)] =
            stored.values<float>()[static_cast<std::size_t>(o * in + i)];
    }
    return result;
  }
  void expect_no_more() const {
    if (!left_.empty())
      refuse(where_, fmt::format("its weights hold \"{}\", which its config.json does not speak of", *left_.begin()));
  }

 private:
  std::string where_;
  std::unique_ptr<NamedTensors> file_;
  std::set<std::string> left_;
};

// "torch.nn.modules.activation.Tanh"
std::string read_activation(const Fields& fields) {
  const std::string type = fields.text("activation_function", "torch.nn.Tanh");
  const std::string name = type.substr(type.rfind('.') + 1);
  if (!type.starts_with("torch.nn.") || !is_dense_activation(name))
    refuse(fields.where(), fmt::format("\"activation_function\" is {}, which is not computed here; there are, of "
                                       "torch.nn, {}",
                                       Json(type).dump(), dense_activations()));
  return name;
}

DenseModule read_dense(const fs::path& folder) {
  const Fields fields(ModelFile::Dense, folder / "config.json");
  expect_vectors(fields);
  const std::int64_t in = fields.integer("in_features", 1, kMostFeatures);
  const std::int64_t out = fields.integer("out_features", 1, kMostFeatures);
  ModuleWeights weights(folder);
  DenseModule dense{.weight = weights.take_transposed("linear.weight", in, out),
                    .activation = read_activation(fields),
                    .has_residual = fields.flag("use_residual", false)};
  if (fields.flag("bias", true)) dense.bias = weights.take("linear.bias", {out});
  if (dense.has_residual && in != out) dense.residual = weights.take_transposed("residual.weight", in, out);
  weights.expect_no_more();
  return dense;
}

LayerNormModule read_layer_norm(const fs::path& folder) {
  const Fields fields(ModelFile::LayerNorm, folder / "config.json");
  const std::int64_t n = fields.integer("dimension", 1, kMostFeatures);
  ModuleWeights weights(folder);
  LayerNormModule norm{.weight = weights.take("norm.weight", {n}), .bias = weights.take("norm.bias", {n})};
  weights.expect_no_more();
  return norm;
}

// Old folders have none: what has no settings was given no file, and Git keeps no empty folder.
void check_optional(ModelFile file, const fs::path& path, bool of_vectors) {
  std::error_code error;
  if (!fs::exists(path, error)) return;
  const Fields fields(file, path);
  if (of_vectors) expect_vectors(fields);
}

void read_modules(const std::vector<ModuleEntry>& entries, const fs::path& folder, SentencePipeline& pipeline) {
  const std::string where = (folder / "modules.json").string();
  if (entries.front().class_name != "Transformer")
    refuse(where, fmt::format("the first module is {}, expected Transformer", entries.front().class_name));
  bool pooled = false;
  for (const ModuleEntry& entry : std::span(entries).subspan(1)) {
    const fs::path place = folder / entry.folder;
    if (entry.class_name == "Pooling" && !std::exchange(pooled, true)) {
      pipeline.pooling = read_pooling(place / "config.json");
    } else if (entry.class_name == "Normalize") {
      check_optional(ModelFile::Normalize, place / "config.json", true);
      if (pooled) pipeline.modules.emplace_back(NormalizeModule{});  // before there is no vector
    } else if (entry.class_name == "Dropout") {
      check_optional(ModelFile::Dropout, place / "config.json", false);
    } else if (pooled && entry.class_name == "Dense") {
      pipeline.modules.emplace_back(read_dense(place));
    } else if (pooled && entry.class_name == "LayerNorm") {
      pipeline.modules.emplace_back(read_layer_norm(place));
    } else {
      refuse(where, fmt::format("module {} {} is not computed here; take a model of Transformer, Pooling and then "
                                "Dense, LayerNorm, Normalize",
                                Json(entry.class_name).dump(), pooled ? "behind the pooling" : "before the pooling"));
    }
  }
  if (!pooled) refuse(where, "no module Pooling; take a model that makes vectors of texts");
}

// {"text": {"max_length": 128, "truncation": true}}: what the tokenizer is called with.
void read_processing(const Fields& fields, SentencePipeline& pipeline) {
  if (!fields.has("processing_kwargs")) return;
  const Fields groups(ModelFile::ProcessingKwargs, fields.all()["processing_kwargs"],
                      fields.where() + ": processing_kwargs");
  for (const char* group : {"text", "common"}) {
    if (!groups.has(group)) continue;
    const Fields call(ModelFile::TextKwargs, groups.all()[group], groups.where() + "." + group);
    if (call.has("max_length")) pipeline.max_sequence_length = call.integer("max_length", 1, kMostTokens);
  }
}

// The arguments that a Transformer hands on, {"model_max_length": 128}: one that is not known may change anything.
Fields read_arguments(ModelFile file, const Fields& fields, const char* key) {
  Fields arguments(file, fields.has(key) ? fields.all()[key] : Json::object(), fields.where() + ": " + key);
  for (const auto& [name, value] : arguments.all().items()) {
    if (std::ranges::none_of(model_keys(), [&, &n = name](const ModelKey& row) { return row.file == file && row.key == n; }))
      refuse(arguments.where(), fmt::format("\"{}\" is not computed here; remove it if it changes nothing", name));
  }
  return arguments;
}

void expect_tokens(const Fields& fields) {
  constexpr const char* kAdvice = "only the last layer's tokens are pooled here";
  fields.expect("transformer_task", "feature-extraction", kAdvice);
  fields.expect("module_output_name", "token_embeddings", kAdvice);
  if (!fields.has("modality_config")) return;
  const Fields modalities(ModelFile::ModalityConfig, fields.all()["modality_config"],
                          fields.where() + ": modality_config");
  if (!modalities.has("text")) refuse(modalities.where(), "no \"text\"; take a model of texts");
  const Fields text(ModelFile::Modality, modalities.all()["text"], modalities.where() + ".text");
  text.expect("method", "forward", kAdvice);
  text.expect("method_output_name", "last_hidden_state", kAdvice);
}

// sentence_bert_config.json, or the first of its other names that is there and says something.
void read_transformer(const fs::path& folder, SentencePipeline& pipeline) {
  constexpr std::array kNames{"bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"};
  for (const char* name : kNames) {
    const fs::path path = folder / fmt::format("sentence_{}_config.json", name);
    std::error_code error;
    if (!fs::exists(path, error)) continue;
    const Fields fields(ModelFile::SentenceTransformer, path);
    if (fields.empty()) continue;
    expect_tokens(fields);
    if (fields.has("max_seq_length")) pipeline.max_sequence_length = fields.integer("max_seq_length", 1, kMostTokens);
    pipeline.lower_case = fields.flag("do_lower_case", false);
    for (const char* key : {"model_args", "model_kwargs"}) read_arguments(ModelFile::ModelKwargs, fields, key);
    for (const char* key : {"config_args", "config_kwargs"}) read_arguments(ModelFile::ConfigKwargs, fields, key);
    for (const char* key : {"tokenizer_args", "processor_kwargs"}) {
      const Fields arguments = read_arguments(ModelFile::ProcessorKwargs, fields, key);
      if (arguments.has("model_max_length"))
        pipeline.max_sequence_length = arguments.integer("model_max_length", 1, kMostTokens);
    }
    read_processing(fields, pipeline);
    return;
  }
}

void read_prompts(const Fields& fields, SentencePipeline& pipeline) {
  const Json prompts = fields.has("prompts") ? fields.all()["prompts"] : Json::object();
  if (!prompts.is_object()) refuse(fields.where(), "\"prompts\" must map names to texts");
  pipeline.prompts = {{"query", ""}, {"document", ""}};
  for (const auto& [name, text] : prompts.items())
    pipeline.prompts[name] = text.is_null() ? "" : json_string(prompts, name, fields.where());
  if (!fields.has("default_prompt_name")) return;
  const std::string name = fields.text("default_prompt_name", "");
  if (!pipeline.prompts.contains(name))
    refuse(fields.where(), fmt::format("\"default_prompt_name\" is {}, which \"prompts\" does not have; add it there",
                                       Json(name).dump()));
  pipeline.default_prompt = pipeline.prompts[name];
}

void read_folder(const fs::path& path, SentencePipeline& pipeline) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    pipeline.prompts = {{"query", ""}, {"document", ""}};
    return;
  }
  const Fields fields(ModelFile::SentenceTransformerFolder, path);
  fields.expect("model_type", kVectorModel, "it was not made for vectors of texts");
  read_prompts(fields, pipeline);
  pipeline.similarity = fields.text("similarity_fn_name", "cosine");
  if (fields.has("truncate_dim")) pipeline.truncate_dim = fields.integer("truncate_dim", 1, kMostFeatures);
}

// Often 1e30, for "no limit".
void read_model_max_length(const fs::path& path, SentencePipeline& pipeline) {
  std::error_code error;
  if (pipeline.max_sequence_length > 0 || !fs::exists(path, error)) return;
  const Json fields = read_json(path);
  const auto found = fields.find("model_max_length");
  if (found == fields.end() || !found->is_number()) return;
  const double length = found->get<double>();
  if (length < 1) refuse(path.string(), "\"model_max_length\" must be at least 1");
  if (length < kMostTokens) pipeline.max_sequence_length = static_cast<std::int64_t>(length);
}

// Without the file, or the key in it, a model is of the kind that was there before the others.
std::string model_type(const fs::path& folder) {
  const fs::path path = folder / kFolderFile;
  std::error_code error;
  if (!fs::exists(path, error)) return kVectorModel;
  const Json fields = read_json(path);
  return fields.contains("model_type") ? json_string(fields, "model_type", path.string()) : kVectorModel;
}

fs::path folder_of(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return path;
  return path.has_parent_path() ? path.parent_path() : ".";
}

}  // namespace

SentencePipeline load_sentence_pipeline(const fs::path& path) {
  const fs::path given = folder_of(path);
  const std::optional<fs::path> folder = module_list_folder(given);
  SentencePipeline pipeline;
  if (!folder) {
    read_model_max_length(given / "tokenizer_config.json", pipeline);
    return pipeline;
  }
  if (*folder != given)
    log(LogLevel::Info, fmt::format("{}: the transformer of {}, whose modules.json is followed", given.string(),
                                    folder->string()));
  const fs::path transformer = transformer_folder(*folder);
  read_folder(*folder / kFolderFile, pipeline);
  read_modules(*read_module_list(*folder), *folder, pipeline);
  read_transformer(transformer, pipeline);
  read_model_max_length(transformer / "tokenizer_config.json", pipeline);
  return pipeline;
}

bool makes_sentence_vectors(const fs::path& path) {
  const std::optional<fs::path> folder = module_list_folder(folder_of(path));
  if (!folder || model_type(*folder) != kVectorModel) return false;
  const std::vector<ModuleEntry> modules = *read_module_list(*folder);
  return std::ranges::find(modules, "Pooling", &ModuleEntry::class_name) != modules.end();
}

}  // namespace scoria
