// The files by which transformers and tokenizers load a tokenizer.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "scoria/error.h"
#include "text/tokenizer_model.h"
#include "text/wordpiece.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;

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

std::string in_quotes(const std::string& token) { return nlohmann::json(token).dump(); }

std::string to_json(std::optional<bool> value) { return !value ? "null" : *value ? "true" : "false"; }

/// "id" comes first, as tokenizers writes it.
std::string added_token_json(const AddedToken& token) {
  return fmt::format(
      R"({{"id": {}, "content": {}, "single_word": {}, "lstrip": {}, "rstrip": {}, "normalized": {}, "special": {}}})",
      token.id, in_quotes(token.content), token.single_word, token.lstrip, token.rstrip, token.normalized,
      token.special);
}

std::string content_of(const Tokenizer& tokenizer, std::int32_t id) {
  const AddedToken* added = tokenizer.model().added.with_id(id);
  return in_quotes(added ? added->content : tokenizer.token(id));
}

std::string template_json(const Tokenizer& tokenizer, const Template& around) {
  std::string out;
  for (const auto& [kind, segment, id] : around) {
    const bool is_text = kind != TemplateItem::Special;
    out += fmt::format(R"({}{{"{}": {{"id": {}, "type_id": {}}}}})", out.empty() ? "" : ", ",
                       is_text ? "Sequence" : "SpecialToken",
                       is_text ? (kind == TemplateItem::First ? "\"A\"" : "\"B\"") : content_of(tokenizer, id),
                       segment);
  }
  return "[" + out + "]";
}

std::string post_processor_json(const Tokenizer& tokenizer, const Template& single, const Template& pair) {
  std::set<std::int32_t> used;
  for (const Template* around : {&single, &pair})
    for (const TemplateItem& item : *around)
      if (item.kind == TemplateItem::Special) used.insert(item.id);
  std::string tokens;
  for (const std::int32_t id : used)
    tokens += fmt::format(R"({0}{1}: {{"id": {1}, "ids": [{2}], "tokens": [{1}]}})", tokens.empty() ? "" : ", ",
                          content_of(tokenizer, id), id);
  return fmt::format(
      "{{\"type\": \"TemplateProcessing\",\n    \"single\": {},\n    \"pair\": {},\n    \"special_tokens\": {{{}}}}}",
      template_json(tokenizer, single), template_json(tokenizer, pair), tokens);
}

/// Whether a name makes nothing of its token that it is not: who reads it takes it for special, and adds it.
bool is_special_name(const Tokenizer::Model& model, const std::string& name) {
  const auto added = std::ranges::find(model.added.all, name, &AddedToken::content);
  return added != model.added.all.end() && added->special;
}

/// Whether transformers' BertTokenizer, which takes the vocabulary alone, makes the same of the files.
bool is_bert_tokenizer(const Tokenizer& tokenizer) {
  const Tokenizer::Model& model = tokenizer.model();
  const auto* pieces = dynamic_cast<const WordPieceModel*>(model.pieces.get());
  const auto is_known = [&](const std::string& name) { return name.empty() || is_special_name(model, name); };
  return pieces && model.options.text.clean_text && pieces->max_word_characters() == 100 &&
         std::ranges::all_of(model.special_names, is_known) &&
         model.single == bert_template(tokenizer.cls_id(), tokenizer.sep_id(), false) &&
         (model.pair == bert_template(tokenizer.cls_id(), tokenizer.sep_id(), true) || !model.has_segments);
}

std::string named_tokens(const Tokenizer::Model& model) {
  static constexpr std::pair<const char*, SpecialToken> kKeys[] = {
      {"pad_token", kPad}, {"unk_token", kUnk}, {"cls_token", kCls}, {"sep_token", kSep}, {"mask_token", kMask}};
  std::string out;
  for (const auto& [key, token] : kKeys) {
    const std::string& name = model.special_names[token];
    if (!name.empty() && !is_special_name(model, name)) continue;
    out += fmt::format("{}  \"{}\": {}", out.empty() ? "" : ",\n", key, name.empty() ? "null" : in_quotes(name));
  }
  return out;
}

}  // namespace

std::string Tokenizer::vocab_txt() const {
  std::string out;
  for (const std::string& token : model_->pieces->tokens()) out.append(token).append("\n");
  return out;
}

std::string Tokenizer::tokenizer_json() const {
  std::string added;
  for (const AddedToken& token : model_->added.all)
    added += fmt::format("{}    {}", added.empty() ? "" : ",\n", added_token_json(token));
  const TokenModel::JsonParts parts = model_->pieces->json_parts();
  return fmt::format(
      "{{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n  \"added_tokens\": [\n{}\n  ],\n"
      "  \"normalizer\": {},\n  \"pre_tokenizer\": {},\n  \"post_processor\": {},\n  \"decoder\": {},\n  \"model\": "
      "{}\n}}\n",
      added, parts.normalizer, parts.pre_tokenizer, post_processor_json(*this, model_->single, model_->pair),
      parts.decoder, parts.model);
}

std::string Tokenizer::tokenizer_config_json(std::int64_t max_length) const {
  const TextOptions& text = model_->options.text;
  const bool is_wordpiece = model_name() == "WordPiece";
  const std::string names = named_tokens(*model_);
  const std::string of_wordpiece =
      fmt::format("  \"do_lower_case\": {},\n  \"strip_accents\": {},\n  \"tokenize_chinese_chars\": {},\n",
                  text.lower_case, to_json(text.strip_accents), text.split_ideographs);
  return fmt::format(
      "{{\n  \"tokenizer_class\": \"{}\",\n{}  \"model_max_length\": {},\n  \"clean_up_tokenization_spaces\": "
      "{}{}{}{}\n}}\n",
      is_bert_tokenizer(*this) ? "BertTokenizer" : "PreTrainedTokenizerFast", is_wordpiece ? of_wordpiece : "",
      max_length, is_wordpiece,
      model_->finds_special || text.contract == TextContract::Google ? "" : ",\n  \"split_special_tokens\": true",
      model_->has_segments ? "" : ",\n  \"model_input_names\": [\"input_ids\", \"attention_mask\"]",
      names.empty() ? "" : ",\n" + names);
}

std::string Tokenizer::special_tokens_map_json() const { return "{\n" + named_tokens(*model_) + "\n}\n"; }

std::vector<std::pair<std::string, std::string>> Tokenizer::files(std::int64_t max_length) const {
  std::vector<std::pair<std::string, std::string>> out;
  if (model_name() == "WordPiece") out.emplace_back("vocab.txt", vocab_txt());
  out.emplace_back("tokenizer.json", tokenizer_json());
  out.emplace_back("tokenizer_config.json", tokenizer_config_json(max_length));
  out.emplace_back("special_tokens_map.json", special_tokens_map_json());
  return out;
}

void Tokenizer::save(const fs::path& folder, std::int64_t max_length) const {
  PendingFiles pending;
  for (const auto& [name, text] : files(max_length)) pending.write(folder / name, text);
  pending.commit();
}

}  // namespace scoria
