#include "text/tokenizer_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "io/json.h"
#include "io/model_keys.h"
#include "scoria/error.h"
#include "text/unigram_files.h"
#include "text/wordpiece.h"

namespace scoria {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr std::int64_t kMaxId = (std::int64_t{1} << 22) - 1;
// Of a token that is there twice the last counts, as for tokenizers and transformers.
constexpr JsonLimits kLimits = {.max_bytes = std::uint64_t{256} << 20, .last_key_counts = true};

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
  throw Error(ErrorKind::Input, fmt::format("{}: {}", path.string(), what));
}

/// A value for a message.
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() > 80 ? text.substr(0, 77) + "..." : text;
}

/// A part that is not read here, named as the file names it.
[[noreturn]] void refuse_part(const fs::path& path, const std::string& name, const Json& value,
                              std::string_view expected) {
  refuse(path, fmt::format("unsupported {}: {} is expected, got {}; only BERT's tokenizer can be read", name, expected,
                           shown(value)));
}

void expect(const fs::path& path, const std::string& name, const Json& value, std::string_view expected) {
  if (!value.is_string() || value.get_ref<const std::string&>() != expected)
    refuse_part(path, name, value, fmt::format("\"{}\"", expected));
}

std::string_view type_of(const Json& part) {
  const Json& type = member(part, "type");
  return type.is_string() ? std::string_view(type.get_ref<const std::string&>()) : std::string_view();
}

/// The members of a Sequence, or the part itself; null has none.
std::vector<const Json*> steps_of(const Json& part, const char* members) {
  if (part.is_null()) return {};
  if (type_of(part) != "Sequence") return {&part};
  std::vector<const Json*> steps;
  for (const Json& step : member(part, members)) steps.push_back(&step);
  return steps;
}

std::int32_t read_id(const fs::path& path, const Json& id, const std::string& token) {
  if (!id.is_number_integer() || id.is_number_float() || id < 0 || id > kMaxId)
    refuse(path, fmt::format("the id of {} is {}; ids must be 0 to {}", Json(token).dump(-1, ' ', true), shown(id),
                             kMaxId));
  return id.get<std::int32_t>();
}

void read_vocabulary(const fs::path& path, const Json& vocab, TokenizerJson& out) {
  if (!vocab.is_object()) refuse(path, "model.vocab must be an object of tokens and ids");
  out.vocabulary_size = vocab.size();
  for (const auto& [token, id] : vocab.items()) {
    const auto place = static_cast<std::size_t>(read_id(path, id, token));
    if (place >= out.tokens.size()) out.tokens.resize(place + 1);
    if (!out.tokens[place].empty())
      refuse(path, fmt::format("{} and {} have the id {}; an id is of one token", Json(out.tokens[place]).dump(),
                               Json(token).dump(), place));
    out.tokens[place] = token;
  }
}

void read_word_limit(const fs::path& path, const Json& limit, WordPieceOptions& options) {
  if (limit.is_null()) return;
  if (!limit.is_number_unsigned() || limit.get<std::uint64_t>() > 1'000'000)
    refuse(path, fmt::format("max_input_chars_per_word must be 0 to 1000000, got {}", shown(limit)));
  options.max_word_characters = limit.get<int>();
}

/// None, BERT's, lower-casing, and lower-casing before BERT's (what sentence-transformers makes of do_lower_case).
void read_normalizer(const fs::path& path, const Json& normalizer, TextOptions& options) {
  options = {.lower_case = false, .strip_accents = false, .split_ideographs = false, .clean_text = false};
  bool is_bert = false, lowers = false;
  for (const Json* step : steps_of(normalizer, "normalizers")) {
    if (type_of(*step) == "Lowercase" && !is_bert) {
      lowers = true;
      continue;
    }
    if (type_of(*step) != "BertNormalizer" || is_bert)
      refuse_part(path, "normalizer", member(*step, "type"), "\"BertNormalizer\", \"Lowercase\" before it, or none");
    is_bert = options.lower_case = options.split_ideographs = options.clean_text = true;
    read_bool(path, *step, "clean_text", options.clean_text);
    read_bool(path, *step, "handle_chinese_chars", options.split_ideographs);
    read_bool(path, *step, "lowercase", options.lower_case);
    options.strip_accents.reset();
    if (!member(*step, "strip_accents").is_null()) {
      bool strips = false;
      read_bool(path, *step, "strip_accents", strips);
      options.strip_accents = strips;
    }
  }
  if (!lowers || options.lower_case) return;
  options.strip_accents = options.strip_accents.value_or(false);
  options.lower_case = true;
}

/// BERT's, and the two steps that come to the same.
void check_pre_tokenizer(const fs::path& path, const Json& pre_tokenizer) {
  const std::vector<const Json*> steps = steps_of(pre_tokenizer, "pretokenizers");
  if (steps.size() == 1 && type_of(*steps[0]) == "BertPreTokenizer") return;
  if (steps.size() == 2 && type_of(*steps[0]) == "WhitespaceSplit" && type_of(*steps[1]) == "Punctuation" &&
      (member(*steps[1], "behavior").is_null() || member(*steps[1], "behavior") == "Isolated"))
    return;
  refuse_part(path, "pre_tokenizer", steps.size() == 1 ? member(*steps[0], "type") : pre_tokenizer,
              "\"BertPreTokenizer\"");
}

TokenizerJson::Item special_item(std::int32_t id, std::string token, std::int32_t segment) {
  return {{TemplateItem::Special, segment, id}, std::move(token)};
}

/// cls A sep and cls A sep B sep (BertProcessing), or cls A sep and cls A sep sep B sep (RobertaProcessing).
void read_fixed_template(const fs::path& path, const Json& post, bool is_bert, TokenizerJson& out) {
  std::vector<TokenizerJson::Item> ends;
  for (const char* key : {"cls", "sep"}) {
    const Json& pair = member(post, key);
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string())
      refuse_part(path, fmt::format("post_processor.{}", key), pair, "[a token, its id]");
    ends.push_back(special_item(read_id(path, pair[1], pair[0]), pair[0], 0));
  }
  const std::int32_t second = is_bert ? 1 : 0;
  out.single = {ends[0], {{TemplateItem::First, 0}, ""}, ends[1]};
  out.pair = out.single;
  if (!is_bert) out.pair.push_back(ends[1]);
  ends[1].item.segment = second;
  out.pair.insert(out.pair.end(), {{{TemplateItem::Second, second}, ""}, ends[1]});
}

/// The tokens that a special token of a template stands for.
void add_special_items(const fs::path& path, const Json& post, const Json& name, std::int32_t segment,
                       std::vector<TokenizerJson::Item>& out) {
  if (!name.is_string()) refuse_part(path, "post_processor", name, "the name of a special token");
  const Json& special = member(member(post, "special_tokens"), name.get<std::string>().c_str());
  const Json &ids = member(special, "ids"), &tokens = member(special, "tokens");
  if (!ids.is_array() || !tokens.is_array() || ids.size() != tokens.size() || ids.size() > 16)
    refuse_part(path, fmt::format("post_processor.special_tokens of {}", shown(name)), special,
                "ids and as many tokens");
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!tokens[i].is_string()) refuse_part(path, "post_processor", tokens[i], "a token");
    out.push_back(special_item(read_id(path, ids[i], tokens[i]), tokens[i], segment));
  }
}

std::vector<TokenizerJson::Item> read_template(const fs::path& path, const Json& post, bool is_pair) {
  const Json& given = member(post, is_pair ? "pair" : "single");
  const char* expected = is_pair ? "a list with A and B once, such as [CLS] A [SEP] B [SEP]"
                                 : "a list with A once, such as [CLS] A [SEP]";
  std::vector<TokenizerJson::Item> out;
  int firsts = 0, seconds = 0;
  if (!given.is_array() || given.size() > 64) refuse_part(path, "post_processor", given, expected);
  for (const Json& entry : given) {
    const Json &text = member(entry, "Sequence"), &special = member(entry, "SpecialToken");
    const Json& part = text.is_null() ? special : text;
    const Json& segment = member(part, "type_id");
    if (!segment.is_number_unsigned() || segment.get<std::uint64_t>() > 255)
      refuse_part(path, "post_processor", given, expected);
    const auto number = segment.get<std::int32_t>();
    if (text.is_null()) {
      add_special_items(path, post, member(special, "id"), number, out);
      continue;
    }
    const bool is_second = member(text, "id") == "B";
    ++(is_second ? seconds : firsts);
    out.push_back({{is_second ? TemplateItem::Second : TemplateItem::First, number}, ""});
  }
  if (firsts != 1 || seconds != (is_pair ? 1 : 0)) refuse_part(path, "post_processor", given, expected);
  return out;
}

void read_post_processor(const fs::path& path, const Json& post, TokenizerJson& out) {
  const std::vector<const Json*> steps = steps_of(post, "processors");
  if (steps.empty()) return;
  out.has_post_processor = true;
  const std::string_view type = type_of(*steps[0]);
  if (steps.size() == 1 && (type == "BertProcessing" || type == "RobertaProcessing"))
    return read_fixed_template(path, *steps[0], type == "BertProcessing", out);
  if (steps.size() != 1 || type != "TemplateProcessing")
    refuse_part(path, "post_processor", steps.size() == 1 ? member(*steps[0], "type") : post, "\"TemplateProcessing\"");
  out.single = read_template(path, *steps[0], false);
  out.pair = read_template(path, *steps[0], true);
}

void read_wordpiece(const fs::path& path, const Json& json, TokenizerJson& out) {
  const Json& model = member(json, "model");
  // Files of early versions of the library do not name the model's type.
  if (!member(model, "type").is_null()) expect(path, "model", member(model, "type"), "WordPiece");
  expect(path, "model.continuing_subword_prefix", member(model, "continuing_subword_prefix"), kContinuation);
  const Json& unknown = member(model, "unk_token");
  if (!unknown.is_string()) refuse_part(path, "model.unk_token", unknown, "a token");
  out.unknown = unknown.get<std::string>();
  read_normalizer(path, member(json, "normalizer"), out.options.text);
  check_pre_tokenizer(path, member(json, "pre_tokenizer"));
  if (const Json& decoder = member(json, "decoder"); !decoder.is_null()) {
    expect(path, "decoder", member(decoder, "type"), "WordPiece");
    expect(path, "decoder.prefix", member(decoder, "prefix"), kContinuation);
  }
  read_word_limit(path, member(model, "max_input_chars_per_word"), out.options);
  read_vocabulary(path, member(model, "vocab"), out);
}

}  // namespace

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

AddedToken read_added_token(const fs::path& path, const Json& json, bool special) {
  const Json& content = json.is_string() ? json : member(json, "content");
  if (!content.is_string())
    refuse(path, fmt::format("an added token must be text, or have \"content\", got {}", shown(json)));
  AddedToken token{.content = content.get<std::string>(), .special = special};
  if (token.content.size() > 1000) refuse(path, "an added token of over 1000 bytes");
  read_bool(path, json, "special", token.special);
  token.normalized = !token.special;
  read_bool(path, json, "normalized", token.normalized);
  read_bool(path, json, "single_word", token.single_word);
  read_bool(path, json, "lstrip", token.lstrip);
  read_bool(path, json, "rstrip", token.rstrip);
  return token;
}

TokenizerJson parse_tokenizer_json(std::string_view text, const fs::path& path) {
  const Json json = parse_json(text, path.string(), kLimits);
  if (!json.is_object()) refuse(path, "expected a JSON object");
  check_model_keys(ModelFile::Tokenizer, json, path);
  TokenizerJson out;
  const Json& added = member(json, "added_tokens");
  if (!added.is_null() && !added.is_array())
    refuse(path, fmt::format("added_tokens must be a list, got {}", shown(added)));
  for (const Json& entry : added) {
    out.added_tokens.push_back(read_added_token(path, entry, false));
    out.added_tokens.back().id = read_id(path, member(entry, "id"), out.added_tokens.back().content);
  }
  read_post_processor(path, member(json, "post_processor"), out);
  if (type_of(member(json, "model")) == "Unigram") {
    out.pieces = read_unigram(path, text, json);
    out.vocabulary_size = out.pieces->tokens().size();
  } else {
    read_wordpiece(path, json, out);
  }
  return out;
}

}  // namespace scoria
