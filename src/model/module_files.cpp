#include "model/module_files.h"

#include <array>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include "model/checked_fields.h"
#include "model/sentence_modules.h"
#include "scoria/io/named_tensors.h"
#include "tensor/element.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Mode = SentencePooling::Mode;

constexpr std::int64_t kMostFeatures = 1 << 20;
constexpr const char* kVector = "sentence_embedding";

// The booleans that chose poolings before version 5.4, in the order in which those were joined.
constexpr std::array<std::pair<const char*, Mode>, 6> kModeKeys{
    {{"pooling_mode_cls_token", Mode::Cls},
     {"pooling_mode_max_tokens", Mode::Max},
     {"pooling_mode_mean_tokens", Mode::Mean},
     {"pooling_mode_mean_sqrt_len_tokens", Mode::MeanSqrtLength},
     {"pooling_mode_weightedmean_tokens", Mode::WeightedMean},
     {"pooling_mode_lasttoken", Mode::LastToken}}};

Mode read_mode(const Json& value, const std::string& where) {
  const std::optional<Mode> mode = value.is_string() ? pooling_mode(value.get<std::string>()) : std::nullopt;
  if (!mode)
    refuse(where, fmt::format("pooling {} is not computed here; there are cls, max, mean, mean_sqrt_len_tokens, "
                              "weightedmean, lasttoken and lists of them",
                              value.dump(-1, ' ', false, Json::error_handler_t::replace)));
  return *mode;
}

std::vector<Mode> read_modes(const CheckedFields& fields) {
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
  const CheckedFields fields(ModelFile::Pooling, path);
  return {.modes = read_modes(fields), .include_prompt = fields.flag("include_prompt", true)};
}

// Of a module whose vectors are a text's, not its tokens'.
void expect_vectors(const CheckedFields& fields) {
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
std::string read_activation(const CheckedFields& fields) {
  const std::string type = fields.text("activation_function", "torch.nn.Tanh");
  const std::string name = type.substr(type.rfind('.') + 1);
  if (!type.starts_with("torch.nn.") || !is_dense_activation(name))
    refuse(fields.where(), fmt::format("\"activation_function\" is {}, which is not computed here; there are, of "
                                       "torch.nn, {}",
                                       Json(type).dump(), dense_activations()));
  return name;
}

DenseModule read_dense(const fs::path& folder) {
  const CheckedFields fields(ModelFile::Dense, folder / "config.json");
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
  const CheckedFields fields(ModelFile::LayerNorm, folder / "config.json");
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
  const CheckedFields fields(file, path);
  if (of_vectors) expect_vectors(fields);
}

}  // namespace

void read_modules(const std::vector<ModuleEntry>& entries, const fs::path& folder, SentencePipeline& pipeline) {
  const std::string where = (folder / "modules.json").string();
  for (const ModuleEntry& entry : entries) {
    if (!entry.is_known_code())
      refuse(where, fmt::format("module {} is code of the model's own, and no code of a model is run here; take one of "
                                "sentence-transformers' own modules",
                                Json(entry.type).dump()));
  }
  if (entries.empty()) refuse(where, "no module; expected Transformer, Pooling and what follows");
  if (entries.front().class_name() != "Transformer")
    refuse(where,
           fmt::format("the first module is {}, expected Transformer", Json(entries.front().class_name()).dump()));
  bool pooled = false;
  for (const ModuleEntry& entry : std::span(entries).subspan(1)) {
    const std::string name = entry.class_name();
    const fs::path place = folder / entry.folder;
    if (name == "Pooling" && !std::exchange(pooled, true)) {
      pipeline.pooling = read_pooling(place / "config.json");
    } else if (name == "Normalize") {
      check_optional(ModelFile::Normalize, place / "config.json", true);
      if (pooled) pipeline.modules.emplace_back(NormalizeModule{});  // before there is no vector
    } else if (name == "Dropout") {
      check_optional(ModelFile::Dropout, place / "config.json", false);
    } else if (pooled && name == "Dense") {
      pipeline.modules.emplace_back(read_dense(place));
    } else if (pooled && name == "LayerNorm") {
      pipeline.modules.emplace_back(read_layer_norm(place));
    } else {
      refuse(where, fmt::format("module {} {} is not computed here; take a model of Transformer, Pooling and then "
                                "Dense, LayerNorm, Normalize",
                                Json(name).dump(), pooled ? "behind the pooling" : "before the pooling"));
    }
  }
  if (!pooled) refuse(where, "no module Pooling; take a model that makes vectors of texts");
}

}  // namespace scoria
