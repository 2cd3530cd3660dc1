#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "io/file.h"
#include "io/json.h"
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
     {"layer_norm_eps", &BertConfig::layer_norm_eps, 0.0, 1.0}}};

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

// Models that share BERT's file but not its computation.
void refuse_others(const Json& fields, std::string_view where) {
  const auto must_be = [&](const char* key, const Json& expected) {
    const auto found = fields.find(key);
    if (found != fields.end() && !found->is_null() && *found != expected) {
      fail(where, fmt::format("\"{}\" is {}, this engine computes {} only", key, found->dump(), expected.dump()));
    }
  };
  must_be("model_type", "bert");
  must_be("position_embedding_type", "absolute");
  must_be("is_decoder", false);
  must_be("add_cross_attention", false);
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
  refuse_others(fields, where);
  BertConfig config;
  read_sizes(fields, config, where);
  read_rates(fields, config, where);
  if (fields.contains("hidden_act")) {
    config.hidden_act = json_string(fields, "hidden_act", where);
    fields.erase("hidden_act");
  }
  config.other_keys = fields.dump();
  config.validate(where);
  return config;
}

BertConfig BertConfig::load(const std::filesystem::path& path) {
  return from_json(read_text(path, 16u << 20), path.string());
}

std::string BertConfig::to_json() const {
  Json fields{{"architectures", {"BertForPreTraining"}},
              {"model_type", "bert"},
              {"position_embedding_type", "absolute"},
              {"use_cache", true},
              {"torch_dtype", "float32"},
              {"classifier_dropout", nullptr}};
  fields.update(parse_json(other_keys, "BertConfig::other_keys"));
  for (const SizeKey& size : kSizes) fields[size.key] = this->*size.member;
  for (const RateKey& rate : kRates) fields[rate.key] = shortest(this->*rate.member);
  fields["hidden_act"] = hidden_act;
  return fields.dump(2) + "\n";
}

void BertConfig::validate(std::string_view where) const {
  for (const SizeKey& size : kSizes) {
    check_range(where, size.key, static_cast<double>(this->*size.member), static_cast<double>(size.low),
                static_cast<double>(size.high));
  }
  for (const RateKey& rate : kRates) check_range(where, rate.key, this->*rate.member, rate.low, rate.high);
  if (hidden_size % num_attention_heads != 0) {
    fail(where,
         fmt::format("\"num_attention_heads\" must divide hidden_size {}, got {}", hidden_size, num_attention_heads));
  }
  if (pad_token_id >= vocab_size) {
    fail(where, fmt::format("\"pad_token_id\" must be below vocab_size {}, got {}", vocab_size, pad_token_id));
  }
  activation();
  // Within the ranges above nothing here can overflow 64 bits.
  const std::int64_t layer = hidden_size * (4 * hidden_size + 2 * intermediate_size);
  const std::int64_t table = (vocab_size + max_position_embeddings + type_vocab_size) * hidden_size;
  if (const std::int64_t count = table + num_hidden_layers * layer; count > (std::int64_t{1} << 32)) {
    fail(where, fmt::format("the model has {} parameters, expected at most 2^32", count));
  }
}

GeluForm BertConfig::activation() const {
  if (hidden_act == "gelu") return GeluForm::Erf;
  if (hidden_act == "gelu_new" || hidden_act == "gelu_pytorch_tanh" || hidden_act == "gelu_fast") return GeluForm::Tanh;
  throw Error(
      ErrorKind::Input,
      fmt::format("\"hidden_act\" must be gelu, gelu_new, gelu_pytorch_tanh or gelu_fast, got \"{}\"", hidden_act));
}

}  // namespace scoria
