#include <fmt/core.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "scoria/error.h"
#include "text/tokenizer_model.h"

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
    std::error_code code;
    if (fs::is_directory(path, code)) fail(path, "it is a folder");  // or the rename would, with others done
    paths_.push_back(path);
    std::ofstream file(temporary(path), std::ios::binary);
    file << text;
    file.close();
    if (!file) fail(path, "check the folder and the free space");
  }
  void commit() {
    std::error_code code;
    for (const fs::path& path : paths_) {
      fs::rename(temporary(path), path, code);
      if (code) fail(path, code.message());
    }
  }

 private:
  static fs::path temporary(const fs::path& path) { return fmt::format("{}.tmp-{}", path.string(), ::getpid()); }
  [[noreturn]] static void fail(const fs::path& path, const std::string& why) {
    throw Error(ErrorKind::Io, fmt::format("{}: cannot be written: {}", path.string(), why));
  }

  std::vector<fs::path> paths_;
};

Json parse_json(const fs::path& path, const std::string& text) {
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
  } catch (const Json::out_of_range&) {
    refuse(path, "a number that is out of range");
  }
}

/// A value for a message.
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 80 ? text.substr(0, 77) + "..." : text;
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
  if (!value.is_boolean()) refuse(path, fmt::format("{} must be true or false, got {}", key, shown(value)));
  out = value.get<bool>();
}

/// A part of tokenizer.json that is not BERT's, named as the file names it.
[[noreturn]] void refuse_part(const fs::path& path, const std::string& name, const Json& value,
                              std::string_view expected) {
  refuse(path, fmt::format("unsupported {}: {} is expected, got {}; only BERT's tokenizer can be read", name, expected,
                           shown(value)));
}

void expect(const fs::path& path, const std::string& name, const Json& value, std::string_view expected) {
  if (value != expected) refuse_part(path, name, value, fmt::format("\"{}\"", expected));
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

/// Either all five special tokens are kept whole, as written, or none.
void read_added_tokens(const fs::path& path, const Json& added_tokens, WordPieceOptions& options) {
  std::set<std::string> found;
  for (const Json& added : added_tokens) {
    const Json& content = member(added, "content");
    if (std::find(kSpecialNames.begin(), kSpecialNames.end(), content) == kSpecialNames.end())
      refuse_part(path, "added token", content, "one of BERT's five");
    for (const char* flag : {"single_word", "lstrip", "rstrip", "normalized"}) {
      bool is_set = false;
      read_bool(path, added, flag, is_set);
      if (is_set) refuse_part(path, fmt::format("{} of the added token {}", flag, content.dump()), true, "false");
    }
    found.insert(content.get<std::string>());
  }
  if (found.empty()) options.keep_special_tokens = false;
  for (const std::string_view name : kSpecialNames)
    if (!found.empty() && !found.contains(std::string(name)))
      refuse_part(path, "added_tokens", added_tokens, fmt::format("{} beside the others", name));
}

Json template_of(bool is_pair) {
  const auto special = [](const char* name, int segment) {
    return Json{{"SpecialToken", {{"id", name}, {"type_id", segment}}}};
  };
  const auto text = [](const char* name, int segment) {
    return Json{{"Sequence", {{"id", name}, {"type_id", segment}}}};
  };
  Json out = {special("[CLS]", 0), text("A", 0), special("[SEP]", 0)};
  if (is_pair) out.insert(out.end(), {text("B", 1), special("[SEP]", 1)});
  return out;
}

/// [CLS] A [SEP] and [CLS] A [SEP] B [SEP], in either of the two ways in which Hugging Face writes it.
void check_post_processor(const fs::path& path, const Json& post, const Json& vocab) {
  const auto check_id = [&](const Json& id, const char* name) {
    if (id != member(vocab, name))
      refuse_part(path, fmt::format("post_processor, the id of {}", name), id, member(vocab, name).dump());
  };
  if (member(post, "type") == "BertProcessing") {
    for (const auto& [key, name] : {std::pair{"cls", "[CLS]"}, std::pair{"sep", "[SEP]"}}) {
      const Json& pair = member(post, key);
      if (!pair.is_array() || pair.size() != 2 || pair[0] != name)
        refuse_part(path, fmt::format("post_processor.{}", key), pair, fmt::format("[\"{}\", its id]", name));
      check_id(pair[1], name);
    }
    return;
  }
  expect(path, "post_processor", member(post, "type"), "TemplateProcessing");
  for (const bool is_pair : {false, true}) {
    const Json& given = member(post, is_pair ? "pair" : "single");
    if (given != template_of(is_pair))
      refuse_part(path, "post_processor", given, is_pair ? "[CLS] A [SEP] B [SEP]" : "[CLS] A [SEP]");
  }
  for (const char* name : {"[CLS]", "[SEP]"}) {
    const Json& ids = member(member(member(post, "special_tokens"), name), "ids");
    check_id(ids.is_array() && ids.size() == 1 ? ids[0] : ids, name);
  }
}

void check_model(const fs::path& path, const Json& model) {
  // Files of early versions of the library do not name the model's type.
  if (!member(model, "type").is_null()) expect(path, "model", member(model, "type"), "WordPiece");
  expect(path, "model.continuing_subword_prefix", member(model, "continuing_subword_prefix"), kContinuation);
  expect(path, "model.unk_token", member(model, "unk_token"), kSpecialNames[kUnk]);
}

void read_options(const fs::path& path, const Json& json, WordPieceOptions& options) {
  const Json& normalizer = member(json, "normalizer");
  read_bool(path, normalizer, "clean_text", options.text.clean_text);
  read_bool(path, normalizer, "handle_chinese_chars", options.text.split_ideographs);
  read_bool(path, normalizer, "lowercase", options.text.lower_case);
  read_accents(path, normalizer, options.text.strip_accents);
  const Json& limit = member(member(json, "model"), "max_input_chars_per_word");
  if (limit.is_null()) return;
  if (!limit.is_number_unsigned() || limit.get<std::uint64_t>() > 1'000'000)
    refuse(path, fmt::format("max_input_chars_per_word must be 0 to 1000000, got {}", limit.dump()));
  options.max_word_characters = limit.get<int>();
}

void read_config(const fs::path& path, WordPieceOptions& options) {
  const Json json = parse_json(path, read_whole_file(path, kMaxFileBytes));
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

void parse_tokenizer_json(const fs::path& path, const std::string& text, bool wants_vocabulary, TokenizerFiles& out) {
  const Json json = parse_json(path, text);
  const Json& vocab = member(member(json, "model"), "vocab");
  check_model(path, member(json, "model"));
  expect(path, "normalizer", member(member(json, "normalizer"), "type"), "BertNormalizer");
  expect(path, "pre_tokenizer", member(member(json, "pre_tokenizer"), "type"), "BertPreTokenizer");
  check_post_processor(path, member(json, "post_processor"), vocab);
  if (const Json& decoder = member(json, "decoder"); !decoder.is_null()) {
    expect(path, "decoder", member(decoder, "type"), "WordPiece");
    expect(path, "decoder.prefix", member(decoder, "prefix"), kContinuation);
  }
  read_added_tokens(path, member(json, "added_tokens"), out.options);
  read_options(path, json, out.options);
  if (!wants_vocabulary) return;
  out.tokens = read_vocabulary(path, vocab);
  out.source = path.string();
}

TokenizerFiles read_tokenizer_folder(const fs::path& folder) {
  TokenizerFiles out;
  const fs::path vocab = folder / "vocab.txt", json = folder / "tokenizer.json",
                 config = folder / "tokenizer_config.json";
  const bool has_vocab = fs::exists(vocab), has_json = fs::exists(json);
  if (!has_vocab && !has_json)
    throw Error(ErrorKind::Input, fmt::format("{}: holds neither vocab.txt nor tokenizer.json; name a folder with a "
                                              "trained model or a vocabulary",
                                              folder.string()));
  if (has_json) parse_tokenizer_json(json, read_whole_file(json, kMaxFileBytes), !has_vocab, out);
  if (fs::exists(config)) read_config(config, out.options);
  if (has_vocab) {
    out.tokens = parse_vocab_txt(read_whole_file(vocab, kMaxFileBytes));
    out.source = vocab.string();
  }
  return out;
}

Tokenizer Tokenizer::load(const fs::path& path) {
  if (!fs::is_directory(path)) return load(path, {});
  TokenizerFiles files = read_tokenizer_folder(path);
  check_vocabulary(files.tokens, files.source);
  return Tokenizer(std::move(files.tokens), files.options);
}

Tokenizer Tokenizer::load(const fs::path& path, const WordPieceOptions& options) {
  TokenizerFiles files;
  if (fs::is_directory(path)) {
    files = read_tokenizer_folder(path);
  } else {
    files.tokens = parse_vocab_txt(read_whole_file(path, kMaxFileBytes));
    files.source = path.string();
  }
  check_vocabulary(files.tokens, files.source);
  return Tokenizer(std::move(files.tokens), options);
}

std::string Tokenizer::vocab_txt() const {
  std::string out;
  for (const std::string& token : model_->tokens) out.append(token).append("\n");
  return out;
}

std::string Tokenizer::tokenizer_json() const {
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

std::string Tokenizer::tokenizer_config_json(int max_length) const {
  const TextOptions& text = model_->options.text;
  return fmt::format(
      "{{\n  \"tokenizer_class\": \"BertTokenizer\",\n  \"do_lower_case\": {},\n  \"strip_accents\": {},\n"
      "  \"tokenize_chinese_chars\": {},\n  \"model_max_length\": {},\n  \"clean_up_tokenization_spaces\": true,\n"
      "  \"pad_token\": \"[PAD]\",\n  \"unk_token\": \"[UNK]\",\n  \"cls_token\": \"[CLS]\",\n  \"sep_token\": "
      "\"[SEP]\",\n"
      "  \"mask_token\": \"[MASK]\"\n}}\n",
      text.lower_case, to_json(text.strip_accents), text.split_ideographs, max_length);
}

std::string Tokenizer::special_tokens_map_json() const {
  return "{\n  \"pad_token\": \"[PAD]\",\n  \"unk_token\": \"[UNK]\",\n  \"cls_token\": \"[CLS]\",\n"
         "  \"sep_token\": \"[SEP]\",\n  \"mask_token\": \"[MASK]\"\n}\n";
}

void Tokenizer::save(const fs::path& folder, int max_length) const {
  PendingFiles files;
  files.write(folder / "vocab.txt", vocab_txt());
  files.write(folder / "tokenizer.json", tokenizer_json());
  files.write(folder / "tokenizer_config.json", tokenizer_config_json(max_length));
  files.write(folder / "special_tokens_map.json", special_tokens_map_json());
  files.commit();
}

}  // namespace scoria
