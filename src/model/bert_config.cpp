#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/check.h"
#include "io/file.h"
#include "io/json.h"
#include "io/misplaced_file.h"
#include "io/model_keys.h"
#include "io/stored_tensor.h"
#include "model/config_labels.h"
#include "model/score_function.h"
#include "scoria/error.h"
#include "scoria/model/bert.h"

namespace scoria {
namespace {

using Json = nlohmann::json;

struct SizeKey {
  const char* key;
  std::int64_t BertConfig::*member;
  std::int64_t low, high;
  bool required;
};

constexpr std::array<SizeKey, 8> kSizes{
    {{"vocab_size", &BertConfig::vocab_size, 1, 1 << 22, true},
     {"hidden_size", &BertConfig::hidden_size, 1, 16384, true},
     {"num_hidden_layers", &BertConfig::num_hidden_layers, 1, 256, true},
     {"num_attention_heads", &BertConfig::num_attention_heads, 1, 1024, true},
     {"intermediate_size", &BertConfig::intermediate_size, 1, 65536, true},
     {"max_position_embeddings", &BertConfig::max_position_embeddings, 1, 65536, false},
     {"type_vocab_size", &BertConfig::type_vocab_size, 1, 1024, false},
     {"pad_token_id", &BertConfig::pad_token_id, 0, (1 << 22) - 1, false}}};

struct RateKey {
  const char* key;
  float BertConfig::*member;
  double low, high;
};

constexpr std::array<RateKey, 4> kRates{
    {{"hidden_dropout_prob", &BertConfig::hidden_dropout_prob, 0.0, 0.99},
     {"attention_probs_dropout_prob", &BertConfig::attention_probs_dropout_prob, 0.0, 0.99},
     {"initializer_range", &BertConfig::initializer_range, 0.0, 10.0},
     {"layer_norm_eps", &BertConfig::layer_norm_eps, 1e-30, 1.0}}};  // 0 would divide by the spread of a constant row

struct Preset {
  std::string_view name;
  std::int64_t layers, hidden;
};

constexpr std::array<Preset, 6> kPresets{{{"tiny", 2, 128},
                                          {"mini", 4, 256},
                                          {"small", 4, 512},
                                          {"medium", 8, 512},
                                          {"base", 12, 768},
                                          {"large", 24, 1024}}};

[[noreturn]] void fail(std::string_view where, const std::string& what) {
  throw Error(ErrorKind::Input, fmt::format("{}: {}; mend the file or take another", where, what));
}

constexpr std::array<std::pair<DType, std::string_view>, 3> kDTypes{
    {{DType::f32, "float32"}, {DType::f16, "float16"}, {DType::bf16, "bfloat16"}}};

constexpr const char* kProblemType = "problem_type";
constexpr std::string_view kRegression = "regression", kSingleLabel = "single_label_classification",
                           kMultiLabel = "multi_label_classification";
constexpr std::array<std::string_view, 3> kProblemTypes{kRegression, kSingleLabel, kMultiLabel};

// The names of transformers' ACT2FN.
constexpr std::array<std::pair<std::string_view, Activation>, 21> kActivations{
    {{"gelu", Activation::Gelu},
     {"gelu_python", Activation::Gelu},
     {"gelu_new", Activation::GeluTanh},
     {"gelu_fast", Activation::GeluTanh},
     {"gelu_pytorch_tanh", Activation::GeluTanh},
     {"gelu_python_tanh", Activation::GeluTanh},
     {"gelu_accurate", Activation::GeluTanh},
     {"gelu_10", Activation::Gelu10},
     {"quick_gelu", Activation::QuickGelu},
     {"relu", Activation::Relu},
     {"relu2", Activation::Relu2},
     {"relu6", Activation::Relu6},
     {"leaky_relu", Activation::LeakyRelu},
     {"silu", Activation::Silu},
     {"swish", Activation::Silu},
     {"hardswish", Activation::HardSwish},
     {"mish", Activation::Mish},
     {"sigmoid", Activation::Sigmoid},
     {"laplace", Activation::Laplace},
     {"tanh", Activation::Tanh},
     {"linear", Activation::Linear}}};

Activation activation_of(std::string_view name, std::string_view where) {
  const auto* row = std::ranges::find(kActivations, name, &std::pair<std::string_view, Activation>::first);
  if (row != kActivations.end()) return row->second;
  std::string known;
  for (const auto& [each, activation] : kActivations) known += fmt::format("{}{}", known.empty() ? "" : ", ", each);
  throw Error(ErrorKind::Input, fmt::format("{}{}\"hidden_act\" is {}, which is not computed here; there are {}", where,
                                            where.empty() ? "" : ": ", shown(name), known));
}

// 0.1f as a double prints as 0.10000000149011612; the shortest text that reads back as the same float is "0.1".
Json shortest(float value) { return Json::parse(fmt::format("{}", value)); }

void read_sizes(Json& fields, BertConfig& config, std::string_view where) {
  for (const SizeKey& size : kSizes) {
    const bool absent = !fields.contains(size.key) || fields[size.key].is_null();
    if (!absent || size.required) config.*size.member = json_integer(fields, size.key, where, size.low, size.high);
    fields.erase(size.key);
  }
}

void read_rates(Json& fields, BertConfig& config, std::string_view where) {
  for (const RateKey& rate : kRates) {
    if (!fields.contains(rate.key)) continue;
    const Json& value = fields[rate.key];
    if (!value.is_number() || value.get<double>() < rate.low || value.get<double>() > rate.high) {
      fail(where,
           fmt::format("\"{}\" must be a number in {}..{}, got {}", rate.key, rate.low, rate.high, value.dump()));
    }
    config.*rate.member = value.get<float>();
    fields.erase(rate.key);
  }
}

// The member, taken out of the object; null where there is none.
Json take(Json& fields, const char* key) {
  const auto found = fields.find(key);
  if (found == fields.end()) return nullptr;
  Json value = std::move(*found);
  fields.erase(found);
  return value;
}

std::string read_architecture(Json& fields, std::string_view where) {
  const Json names = take(fields, "architectures");
  if (names.is_null() || (names.is_array() && names.empty())) return "";
  if (!names.is_array() || !names[0].is_string()) fail(where, "\"architectures\" must be a list of names");
  return names[0].get<std::string>();
}

// By which a classifier's loss was chosen, and what its logits mean.
void check_problem_type(const Json& fields, const BertConfig& config, std::string_view where) {
  const auto type = fields.find(kProblemType);
  if (type == fields.end() || type->is_null()) return;
  if (std::ranges::none_of(kProblemTypes, [&](std::string_view known) { return *type == Json(known); })) {
    fail(where,
         fmt::format("\"{}\" must be one of {}, got {}", kProblemType, fmt::join(kProblemTypes, ", "), type->dump()));
  }
  if (*type == kSingleLabel && config.label_count() == 1)
    fail(where,
         fmt::format("\"{}\" is {} of one label, expected regression or more labels", kProblemType, kSingleLabel));
}

const char* dtype_key(const Json& fields) { return fields.contains("dtype") ? "dtype" : "torch_dtype"; }

// What is none of ours ("auto", "float64") counts as f32: it is how the weights would be written.
DType read_dtype(const Json& fields) {
  const auto found = fields.find(dtype_key(fields));
  for (const auto& [dtype, name] : kDTypes) {
    if (found != fields.end() && *found == name) return dtype;
  }
  return DType::f32;
}

std::string problem_type_of(const BertConfig& config) {
  const Json keys = parse_json(config.other_keys, "BertConfig::other_keys");
  const auto type = keys.find(kProblemType);
  return type != keys.end() && type->is_string() ? type->get<std::string>() : "";
}

void write_head(const BertConfig& config, Json& fields) {
  if (!config.architecture.empty()) fields["architectures"] = {config.architecture};
  write_labels(config.labels, fields);
  write_score_function(config.activation_fn, fields);
  fields["classifier_dropout"] = config.classifier_dropout ? shortest(*config.classifier_dropout) : Json(nullptr);
  if (config.dtype == DType::f32 && !fields.contains(dtype_key(fields))) return;
  const auto* name = std::ranges::find(kDTypes, config.dtype, &std::pair<DType, std::string_view>::first);
  SCORIA_CHECK(name != kDTypes.end(), "weights are floats");
  fields[dtype_key(fields)] = name->second;
  if (fields.contains("dtype")) fields.erase("torch_dtype");  // the older name of it, which then counts for nothing
}

void check_range(std::string_view where, const char* key, double value, double low, double high) {
  if (!(value >= low && value <= high))
    fail(where, fmt::format("\"{}\" must be in {}..{}, got {}", key, low, high, value));
}

}  // namespace

BertConfig BertConfig::preset(std::string_view name) {
  std::string known;
  for (const Preset& preset : kPresets) {
    if (preset.name == name) {
      BertConfig config;
      config.num_hidden_layers = preset.layers;
      config.hidden_size = preset.hidden;
      config.num_attention_heads = preset.hidden / 64;
      config.intermediate_size = 4 * preset.hidden;
      return config;
    }
    known += fmt::format("{}{}", known.empty() ? "" : ", ", preset.name);
  }
  throw Error(ErrorKind::Usage,
              fmt::format("no model preset \"{}\"; there are {}, or give a config.json", name, known));
}

BertConfig BertConfig::from_json(std::string_view text, std::string_view where) {
  Json fields = parse_json(text, where);
  if (!fields.is_object()) fail(where, "a model's configuration must be a JSON object");
  check_model_keys(ModelFile::Config, fields, where);
  BertConfig config;
  read_sizes(fields, config, where);
  read_rates(fields, config, where);
  if (fields.contains("hidden_act")) {
    config.hidden_act = json_string(fields, "hidden_act", where);
    fields.erase("hidden_act");
  }
  config.architecture = read_architecture(fields, where);
  config.labels = take_labels(fields, where);
  config.activation_fn = take_score_function(fields, where);
  if (const Json rate = take(fields, "classifier_dropout"); !rate.is_null()) {
    if (!rate.is_number()) fail(where, "\"classifier_dropout\" must be a number, got " + rate.dump());
    config.classifier_dropout = rate.get<float>();
  }
  if (const Json tied = take(fields, "tie_word_embeddings"); !tied.is_null()) {
    if (!tied.is_boolean()) fail(where, "\"tie_word_embeddings\" must be true or false, got " + tied.dump());
    config.tie_word_embeddings = tied.get<bool>();
  }
  check_problem_type(fields, config, where);
  config.dtype = read_dtype(fields);
  config.other_keys = fields.dump();
  config.validate(where);
  return config;
}

BertConfig BertConfig::load(const std::filesystem::path& path) {
  const std::string text = read_text(path, 16u << 20);
  refuse_misplaced(std::string_view(text).substr(0, kTellingBytes), path);
  return from_json(text, path.string());
}

bool BertConfig::has_independent_labels() const { return problem_type_of(*this) == kMultiLabel; }

ScoreFunction BertConfig::score_function() const {
  const std::int64_t count = label_count();
  if (activation_fn && (count == 1 || activation_fn != ScoreFunction::Identity)) return *activation_fn;
  const std::string type = problem_type_of(*this);
  if (type == kRegression) return ScoreFunction::Identity;
  return type == kMultiLabel || count == 1 ? ScoreFunction::Sigmoid : ScoreFunction::Softmax;
}

void BertConfig::set_independent_labels(bool independent) {
  if (independent == has_independent_labels()) return;
  Json keys = parse_json(other_keys, "BertConfig::other_keys");
  keys.erase("problem_type");
  if (independent) keys["problem_type"] = "multi_label_classification";
  other_keys = keys.dump();
}

std::string BertConfig::to_json() const {
  Json fields = parse_json(other_keys, "BertConfig::other_keys");
  fields["model_type"] = "bert";
  write_head(*this, fields);
  for (const SizeKey& size : kSizes) fields[size.key] = this->*size.member;
  for (const RateKey& rate : kRates) fields[rate.key] = shortest(this->*rate.member);
  fields["hidden_act"] = hidden_act;
  if (!tie_word_embeddings) fields["tie_word_embeddings"] = false;
  return fields.dump(2) + "\n";
}

void BertConfig::validate(std::string_view where) const {
  for (const SizeKey& size : kSizes) {
    check_range(where, size.key, static_cast<double>(this->*size.member), static_cast<double>(size.low),
                static_cast<double>(size.high));
  }
  for (const RateKey& rate : kRates) check_range(where, rate.key, this->*rate.member, rate.low, rate.high);
  if (classifier_dropout) check_range(where, "classifier_dropout", *classifier_dropout, 0.0, 0.99);
  if (hidden_size % num_attention_heads != 0) {
    fail(where,
         fmt::format("\"num_attention_heads\" must divide hidden_size {}, got {}", hidden_size, num_attention_heads));
  }
  if (pad_token_id >= vocab_size) {
    fail(where, fmt::format("\"pad_token_id\" must be below vocab_size {}, got {}", vocab_size, pad_token_id));
  }
  activation_of(hidden_act, where);
  // Within the ranges above nothing here can overflow 64 bits.
  const std::int64_t layer = hidden_size * (4 * hidden_size + 2 * intermediate_size);
  const std::int64_t tables = (tie_word_embeddings ? 1 : 2) * vocab_size + max_position_embeddings + type_vocab_size;
  const std::int64_t table = tables * hidden_size;
  if (const std::int64_t count = table + num_hidden_layers * layer; count > (std::int64_t{1} << 32)) {
    fail(where, fmt::format("the model has {} parameters, expected at most 2^32", count));
  }
}

Activation BertConfig::activation() const { return activation_of(hidden_act, ""); }

}  // namespace scoria
