#include <fmt/core.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "scoria/error.h"
#include "text/wordpiece_model.h"

namespace scoria {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;
constexpr int kMaxDepth = 32;

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
  throw Error(ErrorKind::Input, fmt::format("{}: {}", path.string(), what));
}

/// Files that take their names together, once all are written; without commit() nothing of them stays.
class PendingFiles {
 public:
  PendingFiles() = default;
  PendingFiles(const PendingFiles&) = delete;
  PendingFiles& operator=(const PendingFiles&) = delete;
  ~PendingFiles() {
    std::error_code code;
    for (const fs::path& path : paths_) fs::remove(temporary(path), code);
  }

  void write(const fs::path& path, const std::string& text) {
    paths_.push_back(path);
    std::ofstream file(temporary(path), std::ios::binary);
    file << text;
    file.close();
    if (!file) fail(path);
  }
  void commit() {
    std::error_code code;
    for (const fs::path& path : paths_) {
      fs::rename(temporary(path), path, code);
      if (code) fail(path);
    }
  }

 private:
  static fs::path temporary(const fs::path& path) { return fmt::format("{}.tmp-{}", path.string(), ::getpid()); }
  [[noreturn]] static void fail(const fs::path& path) {
    throw Error(ErrorKind::Io, fmt::format("{}: writing failed; check the folder and the free space", path.string()));
  }

  std::vector<fs::path> paths_;
};

Json read_json(const fs::path& path) {
  const std::string text = read_whole_file(path, kMaxFileBytes);
  // The parser would keep the last of repeated keys; which was meant cannot be known.
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kMaxDepth) refuse(path, fmt::format("nested deeper than {} levels", kMaxDepth));
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      refuse(path, fmt::format("the key \"{}\" is there twice", parsed.get<std::string>()));
    return true;
  };
  try {
    Json json = Json::parse(text, watch);
    if (!json.is_object()) refuse(path, "expected a JSON object");
    return json;
  } catch (const Json::parse_error& error) {
    refuse(path, fmt::format("not valid JSON at byte {}", error.byte));
  }
}

/// json[key], or null where it is missing.
const Json& member(const Json& json, const char* key) {
  static const Json null;
  const auto found = json.is_object() ? json.find(key) : json.end();
  return !json.is_object() || found == json.end() ? null : *found;
}

void read_bool(const fs::path& path, const Json& json, const char* key, bool& out) {
  const Json& value = member(json, key);
  if (value.is_null()) return;
  if (!value.is_boolean()) refuse(path, fmt::format("{} must be true or false, got {}", key, value.dump()));
  out = value.get<bool>();
}

void expect_string(const fs::path& path, const Json& json, const char* key, std::string_view expected) {
  const Json& value = member(json, key);
  if (value != expected)
    refuse(path,
           fmt::format("{} must be \"{}\", got {}; only BERT's tokenizer can be read", key, expected, value.dump()));
}

void read_accents(const fs::path& path, const Json& json, std::optional<bool>& out) {
  bool strip = false;
  if (member(json, "strip_accents").is_null()) return;
  read_bool(path, json, "strip_accents", strip);
  out = strip;
}

std::vector<std::string> read_vocabulary(const fs::path& path, const Json& vocab) {
  if (!vocab.is_object()) refuse(path, "model.vocab must be an object of tokens and ids");
  std::vector<std::string> tokens(vocab.size());
  std::vector<bool> seen(vocab.size());
  for (const auto& [token, id] : vocab.items()) {
    const bool in_range = id.is_number_unsigned() && id.get<std::uint64_t>() < tokens.size();
    if (!in_range || seen[id.get<std::size_t>()])
      refuse(path, fmt::format("the id of \"{}\" is {}; ids must be 0 to {}, each once", token, id.dump(),
                               tokens.size() - 1));
    tokens[id.get<std::size_t>()] = token;
    seen[id.get<std::size_t>()] = true;
  }
  return tokens;
}

void read_tokenizer_json(const fs::path& path, TokenizerFiles& out, bool wants_vocabulary) {
  const Json json = read_json(path);
  const Json& model = member(json, "model");
  const Json& normalizer = member(json, "normalizer");
  // Files of early versions of the library do not name the model's type.
  if (!member(model, "type").is_null()) expect_string(path, model, "type", "WordPiece");
  expect_string(path, model, "continuing_subword_prefix", kContinuation);
  expect_string(path, model, "unk_token", kSpecialNames[kUnk]);
  expect_string(path, normalizer, "type", "BertNormalizer");
  expect_string(path, member(json, "pre_tokenizer"), "type", "BertPreTokenizer");
  for (const Json& added : member(json, "added_tokens")) {
    const Json& content = member(added, "content");
    if (std::find(kSpecialNames.begin(), kSpecialNames.end(), content) == kSpecialNames.end())
      refuse(path,
             fmt::format("the added token {} is not one of BERT's five; it cannot be kept whole", content.dump()));
  }
  read_bool(path, normalizer, "clean_text", out.options.text.clean_text);
  read_bool(path, normalizer, "handle_chinese_chars", out.options.text.split_ideographs);
  read_bool(path, normalizer, "lowercase", out.options.text.lower_case);
  read_accents(path, normalizer, out.options.text.strip_accents);
  const Json& limit = member(model, "max_input_chars_per_word");
  if (!limit.is_null()) {
    if (!limit.is_number_unsigned() || limit.get<std::uint64_t>() > 1'000'000)
      refuse(path, fmt::format("max_input_chars_per_word must be 0 to 1000000, got {}", limit.dump()));
    out.options.max_word_characters = limit.get<int>();
  }
  if (!wants_vocabulary) return;
  out.tokens = read_vocabulary(path, member(model, "vocab"));
  out.source = path.string();
}

void read_config(const fs::path& path, WordPieceOptions& options) {
  const Json json = read_json(path);
  read_bool(path, json, "do_lower_case", options.text.lower_case);
  read_bool(path, json, "tokenize_chinese_chars", options.text.split_ideographs);
  read_accents(path, json, options.text.strip_accents);
}

std::string quoted(const std::string& token) { return Json(token).dump(); }

std::string to_json(std::optional<bool> value) { return !value ? "null" : *value ? "true" : "false"; }

std::string special_token_entry(std::int32_t id, std::string_view name) {
  return fmt::format(
      "    {{\"id\": {}, \"content\": \"{}\", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, "
      "\"normalized\": false, \"special\": true}}",
      id, name);
}

}  // namespace

TokenizerFiles read_tokenizer_folder(const fs::path& folder) {
  TokenizerFiles out;
  const fs::path vocab = folder / "vocab.txt", json = folder / "tokenizer.json",
                 config = folder / "tokenizer_config.json";
  const bool has_vocab = fs::exists(vocab), has_json = fs::exists(json);
  if (!has_vocab && !has_json)
    throw Error(ErrorKind::Input, fmt::format("{}: holds neither vocab.txt nor tokenizer.json; name a folder with a "
                                              "trained model or a vocabulary",
                                              folder.string()));
  if (has_json) read_tokenizer_json(json, out, !has_vocab);
  if (fs::exists(config)) read_config(config, out.options);
  if (has_vocab) {
    out.tokens = parse_vocab_txt(read_whole_file(vocab, kMaxFileBytes));
    out.source = vocab.string();
  }
  return out;
}

WordPiece WordPiece::load(const fs::path& path) {
  if (!fs::is_directory(path)) return load(path, {});
  TokenizerFiles files = read_tokenizer_folder(path);
  check_vocabulary(files.tokens, files.source);
  return WordPiece(std::move(files.tokens), files.options);
}

WordPiece WordPiece::load(const fs::path& path, const WordPieceOptions& options) {
  TokenizerFiles files;
  if (fs::is_directory(path)) {
    files = read_tokenizer_folder(path);
  } else {
    files.tokens = parse_vocab_txt(read_whole_file(path, kMaxFileBytes));
    files.source = path.string();
  }
  check_vocabulary(files.tokens, files.source);
  return WordPiece(std::move(files.tokens), options);
}

std::string WordPiece::vocab_txt() const {
  std::string out;
  for (const std::string& token : model_->tokens) out.append(token).append("\n");
  return out;
}

std::string WordPiece::tokenizer_json() const {
  const TextOptions& text = model_->options.text;
  std::string out =
      "{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n  \"added_tokens\": [\n";
  for (int i = 0; i < kSpecialCount; ++i)
    out += special_token_entry(model_->specials[i], kSpecialNames[i]) + (i + 1 < kSpecialCount ? ",\n" : "\n");
  out += fmt::format(
      "  ],\n"
      "  \"normalizer\": {{\"type\": \"BertNormalizer\", \"clean_text\": {}, \"handle_chinese_chars\": {}, "
      "\"strip_accents\": {}, \"lowercase\": {}}},\n"
      "  \"pre_tokenizer\": {{\"type\": \"BertPreTokenizer\"}},\n",
      text.clean_text, text.split_ideographs, to_json(text.strip_accents), text.lower_case);
  const std::string cls = R"({"SpecialToken": {"id": "[CLS]", "type_id": 0}})";
  const std::string a = R"({"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}})";
  const std::string b = R"({"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}})";
  const auto token = [](std::string_view name, std::int32_t id) {
    return fmt::format(R"("{0}": {{"id": "{0}", "ids": [{1}], "tokens": ["{0}"]}})", name, id);
  };
  out += fmt::format(
      "  \"post_processor\": {{\"type\": \"TemplateProcessing\",\n    \"single\": [{0}, {1}],\n    \"pair\": [{0}, "
      "{1}, {2}],\n"
      "    \"special_tokens\": {{{3}, {4}}}}},\n",
      cls, a, b, token("[CLS]", cls_id()), token("[SEP]", sep_id()));
  out += "  \"decoder\": {\"type\": \"WordPiece\", \"prefix\": \"##\", \"cleanup\": true},\n";
  out += fmt::format(
      "  \"model\": {{\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"continuing_subword_prefix\": \"##\", "
      "\"max_input_chars_per_word\": {}, \"vocab\": {{\n",
      model_->max_word_characters);
  for (std::size_t i = 0; i < model_->tokens.size(); ++i)
    out += fmt::format("    {}: {}{}", quoted(model_->tokens[i]), i, i + 1 < model_->tokens.size() ? ",\n" : "\n");
  return out + "  }}\n}\n";
}

std::string WordPiece::tokenizer_config_json(int max_length) const {
  const TextOptions& text = model_->options.text;
  return fmt::format(
      "{{\n  \"tokenizer_class\": \"BertTokenizer\",\n  \"do_lower_case\": {},\n  \"strip_accents\": {},\n"
      "  \"tokenize_chinese_chars\": {},\n  \"model_max_length\": {},\n  \"clean_up_tokenization_spaces\": true,\n"
      "  \"pad_token\": \"[PAD]\",\n  \"unk_token\": \"[UNK]\",\n  \"cls_token\": \"[CLS]\",\n  \"sep_token\": "
      "\"[SEP]\",\n"
      "  \"mask_token\": \"[MASK]\"\n}}\n",
      text.lower_case, to_json(text.strip_accents), text.split_ideographs, max_length);
}

std::string WordPiece::special_tokens_map_json() const {
  return "{\n  \"pad_token\": \"[PAD]\",\n  \"unk_token\": \"[UNK]\",\n  \"cls_token\": \"[CLS]\",\n"
         "  \"sep_token\": \"[SEP]\",\n  \"mask_token\": \"[MASK]\"\n}\n";
}

void WordPiece::save(const fs::path& folder, int max_length) const {
  PendingFiles files;
  files.write(folder / "vocab.txt", vocab_txt());
  files.write(folder / "tokenizer.json", tokenizer_json());
  files.write(folder / "tokenizer_config.json", tokenizer_config_json(max_length));
  files.write(folder / "special_tokens_map.json", special_tokens_map_json());
  files.commit();
}

}  // namespace scoria
