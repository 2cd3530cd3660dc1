#include "scoria/text/tokenizer.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "scoria/error.h"
#include "text/tokenizer_model.h"
#include "text/wordpiece.h"

namespace scoria {
namespace {

TokenSpan span_of(std::size_t begin, std::size_t end) {
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

/// Walks through a text as encoding does: added tokens of raw text, then, in what is left, those of normalized text.
/// Calls added(id, span), and either raw(from, to) or normalized(text, from, to) for plain text.
template <typename Model, typename VisitAdded, typename VisitRaw, typename VisitNormalized>
void walk(const Model& model, std::string_view text, const VisitAdded& added, const VisitRaw& raw,
          const VisitNormalized& normalized) {
  using Match = AddedTokenFinder::Match;
  const auto in_normalized = [&](std::size_t from, std::size_t to) {
    const NormalizedText stretch = model.pieces->normalize(text, from, to);
    model.added.normalized.split(
        stretch.text, 0, stretch.text.size(),
        [&](std::size_t first, std::size_t last) { normalized(stretch, first, last); },
        [&](const Match& match) {
          added(match.id, {stretch.sources[match.begin].begin, stretch.sources[match.end - 1].end});
        });
  };
  const bool is_direct = model.added.normalized.empty();
  model.added.raw.split(
      text, 0, text.size(),
      [&](std::size_t from, std::size_t to) { is_direct ? raw(from, to) : in_normalized(from, to); },
      [&](const Match& match) { added(match.id, span_of(match.begin, match.end)); });
}

template <typename Model>
void append_tokens(const Model& model, std::string_view text, std::vector<std::int32_t>& ids,
                   std::vector<TokenSpan>* spans) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorKind::Usage,
                fmt::format("tokenizer: a text of {} bytes; 4 GiB is the limit. Encode it in parts", text.size()));
  walk(
      model, text,
      [&](std::int32_t id, TokenSpan span) {
        ids.push_back(id);
        if (spans) spans->push_back(span);
      },
      [&](std::size_t from, std::size_t to) { model.pieces->append(text, from, to, ids, spans); },
      [&](const NormalizedText& stretch, std::size_t from, std::size_t to) {
        model.pieces->append_normalized(stretch, from, to, ids, spans);
      });
}

}  // namespace

Template bert_template(std::int32_t cls, std::int32_t sep, bool is_pair) {
  using enum TemplateItem::Kind;
  Template out = {{Special, 0, cls}, {First, 0}, {Special, 0, sep}};
  if (is_pair) out.insert(out.end(), {{Second, 1}, {Special, 1, sep}});
  return out;
}

std::int32_t TokenizerParts::id(std::string_view token) const {
  const auto added = std::ranges::find(added_tokens, token, &AddedToken::content);
  if (token.empty()) return -1;
  return added != added_tokens.end() ? added->id : pieces->id(token).value_or(-1);
}

TokenizerParts bert_parts(std::vector<std::string> tokens, const WordPieceOptions& options) {
  TokenizerParts parts;
  parts.options = options;
  parts.finds_special = options.keep_special_tokens.value_or(options.text.contract != TextContract::Google);
  parts.pieces = std::make_unique<WordPieceModel>(std::move(tokens), kSpecialNames[kUnk], options);
  for (const std::string_view name : kSpecialNames)
    parts.added_tokens.push_back({.content = std::string(name), .id = parts.id(name)});
  return parts;
}

Tokenizer::Model::Model(TokenizerParts parts)
    : special_names(parts.special_names),
      single(std::move(parts.single)),
      pair(std::move(parts.pair)),
      options(parts.options),
      max_length(parts.max_length),
      finds_special(parts.finds_special),
      has_segments(parts.has_segments) {
  for (int i = 0; i < kSpecialCount; ++i) specials[i] = parts.id(static_cast<SpecialToken>(i));
  pieces = std::move(parts.pieces);
  added = AddedTokens(std::move(parts.added_tokens), *pieces, finds_special);
  tokens = pieces->tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (pieces->id(tokens[i]) != static_cast<std::int32_t>(i)) tokens[i].clear();  // there again, with another id
  for (const AddedToken& token : added.all) {
    const auto place = static_cast<std::size_t>(token.id);
    if (place >= tokens.size()) tokens.resize(place + 1);
    // As tokenizers shows it.
    tokens[place] = token.normalized ? pieces->normalize(token.content, 0, token.content.size()).text : token.content;
  }
  if (single.empty()) single = bert_template(specials[kCls], specials[kSep], false);
  if (pair.empty()) pair = bert_template(specials[kCls], specials[kSep], true);
  if (has_segments) return;
  for (Template* around : {&single, &pair})
    for (TemplateItem& item : *around) item.segment = 0;
}

std::optional<std::int32_t> Tokenizer::Model::id(std::string_view token) const {
  if (token.empty()) return {};
  for (const AddedToken& one : added.all)
    if (one.content == token) return one.id;
  return pieces->id(token);
}

Tokenizer::Tokenizer(std::shared_ptr<const Model> model) : model_(std::move(model)) {}

Tokenizer::Tokenizer(std::vector<std::string> tokens, const WordPieceOptions& options) {
  check_vocabulary(tokens, "");
  check_special_tokens(tokens, "");
  model_ = std::make_shared<Model>(bert_parts(std::move(tokens), options));
}

Tokenizer Tokenizer::lower_cased() const {
  TokenizerParts parts;
  parts.pieces = model_->pieces->lower_cased();
  if (!parts.pieces)
    throw Error(ErrorKind::Input, fmt::format("lower-casing text before a {} is not done here; set do_lower_case to "
                                              "false and give lower-cased texts",
                                              model_name()));
  parts.added_tokens = model_->added.all;
  parts.special_names = model_->special_names;
  parts.single = model_->single;
  parts.pair = model_->pair;
  parts.options = model_->options;
  if (const auto* pieces = dynamic_cast<const WordPieceModel*>(parts.pieces.get())) parts.options = pieces->options();
  parts.max_length = model_->max_length;
  parts.finds_special = model_->finds_special;
  parts.has_segments = model_->has_segments;
  return Tokenizer(std::make_shared<Model>(std::move(parts)));
}

std::int32_t Tokenizer::size() const { return static_cast<std::int32_t>(model_->tokens.size()); }
std::string_view Tokenizer::model_name() const { return model_->pieces->name(); }
const WordPieceOptions& Tokenizer::options() const { return model_->options; }
std::int32_t Tokenizer::pad_id() const { return model_->specials[kPad]; }
std::int32_t Tokenizer::unk_id() const { return model_->specials[kUnk]; }
std::int32_t Tokenizer::cls_id() const { return model_->specials[kCls]; }
std::int32_t Tokenizer::sep_id() const { return model_->specials[kSep]; }
std::int32_t Tokenizer::mask_id() const { return model_->specials[kMask]; }
std::span<const AddedToken> Tokenizer::added_tokens() const { return model_->added.all; }
std::optional<std::int64_t> Tokenizer::max_length() const { return model_->max_length; }
const Tokenizer::Model& Tokenizer::model() const { return *model_; }

bool Tokenizer::is_special(std::int32_t id) const {
  if (std::ranges::find(model_->specials, id) != model_->specials.end()) return id >= 0;
  const AddedToken* added = model_->added.with_id(id);
  return added && added->special;
}

bool Tokenizer::continues_word(std::int32_t id) const {
  return !model_->added.with_id(id) && model_->pieces->continues_word(token(id));
}

std::size_t Tokenizer::special_token_count(bool is_pair) const {
  const auto is_special = [](const TemplateItem& item) { return item.kind == TemplateItem::Special; };
  return static_cast<std::size_t>(std::ranges::count_if(is_pair ? model_->pair : model_->single, is_special));
}

void Tokenizer::append(std::string_view text, std::vector<std::int32_t>& ids, std::vector<TokenSpan>& offsets) const {
  append_tokens(*model_, text, ids, &offsets);
}

void Tokenizer::append_ids(std::string_view text, std::vector<std::int32_t>& ids) const {
  append_tokens(*model_, text, ids, nullptr);
}

std::vector<NormalizedWord> Tokenizer::normalize(std::string_view text) const {
  std::vector<NormalizedWord> out;
  const auto add_words = [&](const NormalizedText& stretch, std::size_t from, std::size_t to) {
    model_->pieces->append_words(stretch, from, to, out);
  };
  walk(
      *model_, text,
      [&](std::int32_t id, TokenSpan span) {
        NormalizedWord& word = out.emplace_back(NormalizedWord{token(id), {}});
        const bool is_itself = word.text == text.substr(span.begin, span.end - span.begin);
        for (std::size_t i = 0; i < word.text.size(); ++i)
          word.sources.push_back(is_itself ? span_of(span.begin + i, span.begin + i + 1) : span);
      },
      [&](std::size_t from, std::size_t to) {
        const NormalizedText stretch = model_->pieces->normalize(text, from, to);
        add_words(stretch, 0, stretch.text.size());
      },
      add_words);
  return out;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool skip_special_tokens, bool clean_up) const {
  std::vector<std::string_view> tokens;
  for (const std::int32_t id : ids) {
    const std::string& text = token(id);
    const AddedToken* added = skip_special_tokens ? model_->added.with_id(id) : nullptr;
    // One that normalization changes is not known again, as by tokenizers.
    if (text.empty() || (added && added->special && added->content == text)) continue;
    tokens.push_back(text);
  }
  return model_->pieces->decode(tokens, clean_up);
}

const std::string& Tokenizer::token(std::int32_t id) const {
  if (id < 0 || id >= size())
    throw Error(ErrorKind::Usage, fmt::format("tokenizer: id {} is outside the vocabulary of {} tokens", id, size()));
  return model_->tokens[static_cast<std::size_t>(id)];
}

std::vector<std::string> Tokenizer::tokens(std::span<const std::int32_t> ids) const {
  std::vector<std::string> out;
  for (const std::int32_t id : ids) out.push_back(token(id));
  return out;
}

std::optional<std::int32_t> Tokenizer::id(std::string_view token) const { return model_->id(token); }

}  // namespace scoria
