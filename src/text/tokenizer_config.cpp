#include "text/tokenizer_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "io/json.h"
#include "io/model_keys.h"
#include "io/model_max_length.h"
#include "scoria/error.h"
#include "text/tokenizer_json.h"

namespace scoria {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr std::int64_t kMaxId = (std::int64_t{1} << 22) - 1;

[[noreturn]] void refuse(const fs::path& path, std::string_view key, std::string_view expected, const Json& got) {
  throw Error(ErrorKind::Input, fmt::format("{}: \"{}\" must be {}, got {}", path.string(), key, expected,
                                            got.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 80)));
}

Json read_object(const fs::path& path) {
  Json json = read_json(path);
  if (!json.is_object()) throw Error(ErrorKind::Input, path.string() + ": expected a JSON object");
  return json;
}

std::optional<bool> read_switch(const fs::path& path, const Json& json, const char* key) {
  if (member(json, key).is_null()) return {};
  bool value = false;
  read_bool(path, json, key, value);
  return value;
}

void read_named(const fs::path& path, const Json& json, TokenizerConfig& out) {
  for (std::size_t i = 0; i < kNamedTokens.size(); ++i) {
    const auto value = json.find(std::string(kNamedTokens[i]));
    if (value == json.end()) continue;
    out.named[i].is_said = true;
    out.named[i].token.reset();
    if (!value->is_null()) out.named[i].token = read_added_token(path, *value, true);
  }
}

/// A list of tokens, or an object of names and tokens.
void read_extra(const fs::path& path, const Json& json, std::string_view key, TokenizerConfig& out) {
  const Json& tokens = member(json, std::string(key).c_str());
  if (tokens.is_null()) return;
  if (!tokens.is_array() && !tokens.is_object()) refuse(path, key, "a list of tokens", tokens);
  for (const Json& token : tokens) {
    AddedToken extra = read_added_token(path, token, true);
    const auto is_same = [&](const AddedToken& known) { return known.content == extra.content; };
    if (std::ranges::none_of(out.extra, is_same)) out.extra.push_back(std::move(extra));
  }
}

/// Other keys that end in _token each name one more.
void read_other_names(const fs::path& path, const Json& json, TokenizerConfig& out) {
  for (const auto& [key, value] : json.items())
    if (key.ends_with("_token") && value.is_string() && std::ranges::find(kNamedTokens, key) == kNamedTokens.end())
      read_extra(path, Json{{key, Json::array({value})}}, key, out);
}

void read_decoder(const fs::path& path, const Json& decoder, TokenizerConfig& out) {
  if (!decoder.is_object()) refuse(path, "added_tokens_decoder", "an object of ids and tokens", decoder);
  for (const auto& [key, value] : decoder.items()) {
    std::int32_t id = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size() || id < 0 || id > kMaxId)
      refuse(path, "added_tokens_decoder", fmt::format("of ids from 0 to {}", kMaxId), key);
    AddedToken token = read_added_token(path, value, false);
    token.id = id;
    out.added[id] = std::move(token);
  }
}

/// added_tokens.json: tokens and ids. They are special if they are named so elsewhere.
void read_added_tokens(const fs::path& path, TokenizerConfig& out) {
  const Json json = read_object(path);
  for (const auto& [content, id] : json.items()) {
    if (!id.is_number_integer() || id < 0 || id > kMaxId)
      refuse(path, content, fmt::format("an id from 0 to {}", kMaxId), id);
    const auto is_it = [&, &content = content](const AddedToken& token) { return token.content == content; };
    const auto is_named = [&](const TokenizerConfig::Named& named) { return named.token && is_it(*named.token); };
    AddedToken token = read_added_token(path, content, std::ranges::any_of(out.named, is_named) ||
                                                           std::ranges::any_of(out.extra, is_it));
    token.id = id.get<std::int32_t>();
    out.added[token.id] = std::move(token);
  }
}

std::string class_of(const fs::path& path, const Json& json) {
  const Json& name = member(json, "tokenizer_class");
  if (name.is_null()) return {};
  if (!name.is_string()) refuse(path, "tokenizer_class", "the name of a class", name);
  std::string out = name.get<std::string>();
  if (out.ends_with("Fast")) out.resize(out.size() - 4);
  return out;
}

TokenizerReading reading_of(const fs::path& path, const std::string& class_name, bool is_bert) {
  static const std::set<std::string_view> kBert = {
      "BertTokenizer",     "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer",
      "ConvBertTokenizer", "LayoutLMTokenizer",   "LxmertTokenizer",  "SqueezeBertTokenizer",
      "DPRContextEncoderTokenizer", "DPRQuestionEncoderTokenizer"};
  static const std::set<std::string_view> kFiled = {"PreTrainedTokenizer", "TokenizersBackend", "PythonBackend",
                                                    "XLMRobertaTokenizer"};
  if (kBert.contains(class_name)) return TokenizerReading::Bert;
  if (kFiled.contains(class_name)) return TokenizerReading::Filed;
  if (class_name.empty()) return is_bert ? TokenizerReading::Bert : TokenizerReading::Bare;
  throw Error(ErrorKind::Input,
              fmt::format("{}: \"tokenizer_class\" is {}, whose words are not cut here; take a model with a "
                          "BertTokenizer, or one whose tokenizer.json holds all (PreTrainedTokenizerFast)",
                          path.string(), Json(class_name).dump(-1, ' ', true)));
}

/// The class decides first: what another has among its keys is not worth a word.
void set_reading(const fs::path& config, const Json& json, const fs::path& model, TokenizerConfig& out) {
  const Json described = fs::exists(model) ? read_object(model) : Json::object();
  const Json& type = member(described, "model_type");
  const bool is_bert = type.is_string() && type.get_ref<const std::string&>() == "bert";
  out.class_name = class_of(config, json);
  const bool is_in_model = out.class_name.empty();
  if (is_in_model) out.class_name = class_of(model, described);
  out.reading = reading_of(is_in_model ? model : config, out.class_name, is_bert);
}

void read_config(const fs::path& path, const Json& json, TokenizerConfig& out) {
  check_model_keys(ModelFile::TokenizerConfig, json, path);
  out.lower_case = read_switch(path, json, "do_lower_case");
  out.split_ideographs = read_switch(path, json, "tokenize_chinese_chars");
  out.says_accents = json.contains("strip_accents");
  out.strip_accents = read_switch(path, json, "strip_accents");
  out.max_length = model_max_length(json, path);
  read_bool(path, json, "split_special_tokens", out.splits_special_tokens);
  if (const Json& names = member(json, "model_input_names"); !names.is_null()) {
    if (!names.is_array()) refuse(path, "model_input_names", "a list of names", names);
    out.has_segments = std::ranges::find(names, Json("token_type_ids")) != names.end();
  }
  read_named(path, json, out);
  for (const char* key : {"extra_special_tokens", "additional_special_tokens", "model_specific_special_tokens"})
    read_extra(path, json, key, out);
  read_other_names(path, json, out);
  if (const Json& decoder = member(json, "added_tokens_decoder"); !decoder.is_null()) {
    out.has_decoder = true;
    read_decoder(path, decoder, out);
  }
}

}  // namespace

TokenizerConfig read_tokenizer_config(const fs::path& folder) {
  TokenizerConfig out;
  const fs::path config = folder / "tokenizer_config.json", map = folder / "special_tokens_map.json",
                 added = folder / "added_tokens.json", model = folder / "config.json";
  const Json json = fs::exists(config) ? read_object(config) : Json::object();
  set_reading(config, json, model, out);
  read_config(config, json, out);
  out.is_there = fs::exists(config) || fs::exists(map);
  const Json names = fs::exists(map) ? read_object(map) : Json::object();
  check_model_keys(ModelFile::SpecialTokensMap, names, map);
  if (out.has_decoder) return out;
  read_named(map, names, out);
  read_extra(map, names, "extra_special_tokens", out);
  // transformers looks for what is special in added_tokens.json before it comes to these.
  if (fs::exists(added)) read_added_tokens(added, out);
  read_extra(map, names, "additional_special_tokens", out);
  return out;
}

}  // namespace scoria
