// From the files of a folder to a tokenizer: as transformers 5 and tokenizers put them together, and refused where the
// two would make different tokenizers of them.
#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/log.h"
#include "scoria/error.h"
#include "text/tokenizer_config.h"
#include "text/tokenizer_json.h"
#include "text/unigram.h"
#include "text/wordpiece.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::Input, fmt::format("{}: {}", where, what));
}

std::string in_quotes(std::string_view token) {
  return nlohmann::json(token).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

using Reading = TokenizerReading;

/// The names of XLM-R's tokens, which no class of ours has by itself.
constexpr std::array<std::string_view, kSpecialCount> kUnigramNames = {"<pad>", "<unk>", "<s>", "</s>", "<mask>"};

constexpr std::string_view kXlmRoberta = "XLMRobertaTokenizer";

/// A Unigram model is read as tokenizer.json says, as tokenizers does. transformers does so for some classes; what it
/// makes for others is told.
Reading unigram_reading_of(const TokenizerConfig& config, const UnigramModel& model, const std::string& source) {
  if (config.class_name == kXlmRoberta) {
    if (!model.is_of_xlm_roberta())
      log(LogLevel::Warning,
          fmt::format("{}: its normalizer and pre_tokenizer are followed, as by tokenizers; transformers' "
                      "XLMRobertaTokenizer puts its own for them (Precompiled; WhitespaceSplit and Metaspace)",
                      source));
    return Reading::Filed;
  }
  if (config.reading != Reading::Filed)
    log(LogLevel::Warning,
        fmt::format("{}: its Unigram model is followed, as by tokenizers; transformers makes a BertTokenizer's WordPiece "
                    "of it unless tokenizer_config.json says \"tokenizer_class\": \"PreTrainedTokenizerFast\"",
                    source));
  return Reading::Filed;
}

/// transformers can make the one of the other, with sentencepiece and protobuf.
void refuse_sentencepiece(const fs::path& folder) {
  for (const char* name :
       {"sentencepiece.bpe.model", "spiece.model", "spm.model", "tokenizer.model", "sentencepiece.model"})
    if (fs::exists(folder / name))
      refuse((folder / name).string(),
             "a SentencePiece model is read from tokenizer.json, which is not here; make it with python3 -c \"import sys; "
             "from transformers import AutoTokenizer; AutoTokenizer.from_pretrained(sys.argv[1])"
             ".save_pretrained(sys.argv[1])\" FOLDER (packages transformers, sentencepiece, protobuf)");
}

/// The vocabulary and all that a tokenizer.json says, or a vocab.txt.
struct Vocabulary {
  TokenizerJson json;
  bool is_json = false;
  std::string source;
};

void tell_difference(const fs::path& path, const std::vector<std::string>& lines, const Vocabulary& vocabulary) {
  const std::vector<std::string>& tokens = vocabulary.json.tokens;
  std::unordered_map<std::string_view, std::size_t> last;
  for (std::size_t i = 0; i < lines.size(); ++i) last[lines[i]] = i;
  for (std::size_t i = 0; i < std::max(lines.size(), tokens.size()); ++i) {
    const std::string_view line = i < lines.size() ? std::string_view(lines[i]) : std::string_view(),
                           token = i < tokens.size() ? std::string_view(tokens[i]) : std::string_view();
    const bool comes_again = i < lines.size() && last[line] != i;
    if (line == token || (comes_again && token.empty())) continue;
    log(LogLevel::Warning, fmt::format("{}:{}: {} here, {} in tokenizer.json, which is followed, as by transformers",
                                       path.string(), i + 1, in_quotes(line), in_quotes(token)));
    return;
  }
}

Vocabulary read_vocabulary(const fs::path& folder) {
  Vocabulary out;
  const fs::path vocab = folder / "vocab.txt", json = folder / "tokenizer.json";
  out.is_json = fs::exists(json);
  if (!out.is_json) refuse_sentencepiece(folder);
  if (!out.is_json && !fs::exists(vocab))
    refuse(folder.string(),
           "holds neither vocab.txt nor tokenizer.json; name a folder with a trained model or a vocabulary");
  out.source = (out.is_json ? json : vocab).string();
  if (out.is_json) out.json = parse_tokenizer_json(read_whole_file(json, kMaxFileBytes), json);
  if (out.json.pieces || !fs::exists(vocab)) return out;
  std::vector<std::string> lines = parse_vocab_txt(read_whole_file(vocab, kMaxFileBytes));
  if (out.is_json) {
    tell_difference(vocab, lines, out);
    return out;
  }
  out.json.vocabulary_size = std::set<std::string_view>(lines.begin(), lines.end()).size();
  out.json.tokens = std::move(lines);
  return out;
}

/// Sets `to`; where tokenizer.json said otherwise, that is told.
template <typename T>
void overrule(const Vocabulary& vocabulary, std::string_view what, T& from, T to) {
  const T before = std::exchange(from, to);
  if (before == to || !vocabulary.is_json) return;
  log(LogLevel::Warning,
      fmt::format("{}: {} is not what tokenizer_config.json makes of a BertTokenizer, which is followed, as by "
                  "transformers",
                  vocabulary.source, what));
}

void set_options(const TokenizerConfig& config, Reading reading, Vocabulary& vocabulary) {
  TextOptions& text = vocabulary.json.options.text;
  if (reading == Reading::Filed) return;
  const bool is_bert = reading == Reading::Bert;
  if (is_bert || config.lower_case)
    overrule(vocabulary, "lowercase", text.lower_case, config.lower_case.value_or(true));
  if (is_bert || config.split_ideographs)
    overrule(vocabulary, "handle_chinese_chars", text.split_ideographs, config.split_ideographs.value_or(true));
  if (is_bert || config.says_accents) overrule(vocabulary, "strip_accents", text.strip_accents, config.strip_accents);
  if (!is_bert) return;
  overrule(vocabulary, "clean_text", text.clean_text, true);
  int limit = vocabulary.json.options.max_word_characters.value_or(100);
  overrule(vocabulary, "max_input_chars_per_word", limit, 100);
  if (vocabulary.json.options.max_word_characters) vocabulary.json.options.max_word_characters = limit;
}

bool finds_alike(const AddedToken& a, const AddedToken& b) {
  return a.normalized == b.normalized && a.single_word == b.single_word && a.lstrip == b.lstrip && a.rstrip == b.rstrip;
}

/// Added tokens with the ids that tokenizers gives them, one after the other.
class AddedList {
 public:
  AddedList(const TokenModel& pieces, std::size_t vocabulary_size, std::string source)
      : pieces_(pieces), size_(static_cast<std::int32_t>(vocabulary_size)), source_(std::move(source)) {}

  /// The token's id is what the file says, or -1. A token that is there already takes these flags.
  void add(AddedToken token) {
    if (token.content.empty()) return;
    const std::int32_t said = token.id;
    AddedToken* known = find(token.content);
    token.id = known ? known->id : pieces_.id(token.content).value_or(next());
    if (said >= 0 && said != token.id)
      refuse(source_, fmt::format("the added token {} has the id {}, where tokenizers and transformers make it {}; "
                                  "number added tokens on from the vocabulary",
                                  in_quotes(token.content), said, token.id));
    const auto place = static_cast<std::size_t>(token.id);
    if (place < pieces_.tokens().size() && !pieces_.tokens()[place].empty() &&
        pieces_.tokens()[place] != token.content)
      refuse(source_, fmt::format("the added token {} would have the id {} of {}; number added tokens on from the "
                                  "vocabulary",
                                  in_quotes(token.content), token.id, in_quotes(pieces_.tokens()[place])));
    last_ = std::max(last_, token.id);
    if (known)
      *known = std::move(token);
    else
      list_.push_back(std::move(token));
  }
  AddedToken* find(std::string_view content) {
    const auto found = std::ranges::find(list_, content, &AddedToken::content);
    return found == list_.end() ? nullptr : &*found;
  }
  std::vector<AddedToken> take() { return std::move(list_); }

 private:
  std::int32_t next() const { return last_ >= size_ ? last_ + 1 : size_; }

  const TokenModel& pieces_;
  std::int32_t size_;
  std::string source_;
  std::vector<AddedToken> list_;
  std::int32_t last_ = -1;
};

/// The token of a name, or nothing.
std::optional<AddedToken> named_token(const TokenizerConfig& config, Reading reading, std::string_view key) {
  const auto at = static_cast<std::size_t>(std::ranges::find(kNamedTokens, key) - kNamedTokens.begin());
  if (config.named[at].is_said) return config.named[at].token;
  if (reading == Reading::Filed) return {};
  for (const std::string_view name : kSpecialNames) {
    std::string lower(key.substr(0, key.find('_')));
    std::ranges::transform(lower, lower.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    if (name == "[" + lower + "]") return AddedToken{.content = std::string(name)};
  }
  return {};
}

/// tokenizers 0.23.3 keeps what it looks for in a hash table of random order: of tokens that become the same text it
/// finds one or the other, from one load to the next. AddedTokens chooses; that it had to is told. What becomes nothing
/// would be found everywhere.
void check_normalized(const std::vector<AddedToken>& tokens, const TokenModel& pieces, const std::string& source) {
  std::unordered_map<std::string, const AddedToken*> seen;
  for (const AddedToken& token : tokens) {
    if (!token.normalized) continue;
    const std::string text = pieces.normalize(token.content, 0, token.content.size()).text;
    if (text.empty())
      refuse(source, fmt::format("nothing is left of the added token {} after normalization; give it "
                                 "\"normalized\": false",
                                 in_quotes(token.content)));
    const auto [at, is_new] = seen.try_emplace(text, &token);
    if (is_new) continue;
    log(LogLevel::Warning,
        fmt::format("{}: the added tokens {} and {} are both {} after normalization: here always the special one, or "
                    "that of the lower id; tokenizers finds either, by chance; remove one or give it \"normalized\": "
                    "false",
                    source, in_quotes(at->second->content), in_quotes(token.content), in_quotes(text)));
  }
}

std::vector<AddedToken> added_tokens_of(const TokenizerConfig& config, Reading reading, const Vocabulary& vocabulary,
                                        const TokenModel& pieces) {
  AddedList list(pieces, vocabulary.json.vocabulary_size, vocabulary.source);
  if (reading != Reading::Bert)
    for (const AddedToken& token : vocabulary.json.added_tokens) list.add(token);
  std::map<std::int32_t, AddedToken> filed = config.added;
  if (!config.has_decoder)
    for (const AddedToken& token : vocabulary.json.added_tokens) filed[token.id] = token;
  for (const auto& [id, token] : filed) list.add(token);
  // A bare tokenizer.json has no names: what it does not add is text.
  if (reading != Reading::Bare || !vocabulary.is_json || config.is_there) {
    for (const std::string_view key : kNamedTokens)
      if (const auto token = named_token(config, reading, key)) {
        if (AddedToken* known = list.find(token->content))
          known->special = true;
        else
          list.add(*token);
      }
    for (const AddedToken& token : config.extra)
      if (!list.find(token.content)) list.add(token);
  }
  for (const AddedToken& token : vocabulary.json.added_tokens) {
    const AddedToken* known = list.find(token.content);
    if (known && finds_alike(*known, token)) continue;
    refuse(vocabulary.source,
           fmt::format("its added token {} {}; transformers and tokenizers read these files differently: make them "
                       "agree",
                       in_quotes(token.content),
                       known ? "has other flags in tokenizer_config.json" : "is not in tokenizer_config.json"));
  }
  std::vector<AddedToken> out = list.take();
  check_normalized(out, pieces, vocabulary.source);
  return out;
}

std::string name_of(const TokenizerConfig& config, Reading reading, SpecialToken token, const TokenizerParts& parts) {
  static constexpr std::array<std::string_view, kSpecialCount> kKeys = {"pad_token", "unk_token", "cls_token",
                                                                         "sep_token", "mask_token"};
  if (const auto named = named_token(config, reading, kKeys[token])) return named->content;
  const auto at = static_cast<std::size_t>(std::ranges::find(kNamedTokens, kKeys[token]) - kNamedTokens.begin());
  if (config.named[at].is_said) return "";
  for (const std::string_view usual : {kSpecialNames[token], kUnigramNames[token]})
    if ((usual == kSpecialNames[token] || parts.pieces->name() == "Unigram") && parts.id(usual) >= 0)
      return std::string(usual);
  return "";
}

/// What is computed with needs these, with ids that a file gives; a mask only some tasks. A Unigram model may stand
/// without what would be put around a text.
void check_names(const TokenizerConfig& config, const Vocabulary& vocabulary, const TokenizerParts& parts) {
  for (const SpecialToken token : {kPad, kUnk, kCls, kSep}) {
    const std::string& name = parts.special_names[token];
    if (name.empty() && token != kPad && parts.pieces->name() == "Unigram") continue;
    const auto is_it = [&](const AddedToken& added) { return added.content == name; };
    if (parts.pieces->id(name) || std::ranges::any_of(vocabulary.json.added_tokens, is_it) ||
        std::ranges::any_of(config.added, [&](const auto& added) { return is_it(added.second); }))
      continue;
    refuse(vocabulary.source, fmt::format("{} is missing; a BERT vocabulary has [PAD], [UNK], [CLS], [SEP] and [MASK], "
                                          "or others that tokenizer_config.json names",
                                          name.empty() ? kSpecialNames[token] : name));
  }
}

Template template_of(const std::vector<TokenizerJson::Item>& items, const Vocabulary& vocabulary,
                     const TokenizerParts& parts) {
  Template out;
  for (const auto& [item, token] : items) {
    out.push_back(item);
    if (item.kind != TemplateItem::Special) continue;
    const std::int32_t id = parts.id(token);
    if (id != item.id)
      refuse(vocabulary.source, fmt::format("unsupported post_processor, the id of {}: {} is expected, got {}",
                                            in_quotes(token), id, item.id));
  }
  return out;
}

/// BertTokenizer puts its own around a text, whatever tokenizer.json says.
void check_template(const Vocabulary& vocabulary, const TokenizerParts& parts) {
  if (!vocabulary.json.has_post_processor) return;
  for (const bool is_pair : {false, true}) {
    Template expected = bert_template(parts.id(kCls), parts.id(kSep), is_pair);
    if (!parts.has_segments)
      for (TemplateItem& item : expected) item.segment = 0;
    if ((is_pair ? parts.pair : parts.single) != expected)
      refuse(vocabulary.source,
             fmt::format("its post_processor is not {}, which BertTokenizer puts around a text; name "
                         "PreTrainedTokenizerFast as \"tokenizer_class\" if it is meant",
                         is_pair ? "[CLS] A [SEP] B [SEP]" : "[CLS] A [SEP]"));
  }
}

void set_template(const TokenizerConfig& config, Reading reading, const Vocabulary& vocabulary, TokenizerParts& parts) {
  parts.has_segments = config.has_segments.value_or(config.class_name != "DistilBertTokenizer");
  parts.single = template_of(vocabulary.json.single, vocabulary, parts);
  parts.pair = template_of(vocabulary.json.pair, vocabulary, parts);
  if (reading == Reading::Bert) check_template(vocabulary, parts);
  if (reading != Reading::Bert && vocabulary.is_json && !vocabulary.json.has_post_processor) {
    parts.single = {{TemplateItem::First, 0}};
    parts.pair = {{TemplateItem::First, 0}, {TemplateItem::Second, 1}};
  }
}

TokenizerParts read_folder(const fs::path& folder, const WordPieceOptions* options) {
  const TokenizerConfig config = read_tokenizer_config(folder);
  Vocabulary vocabulary = read_vocabulary(folder);
  const auto* unigram = dynamic_cast<const UnigramModel*>(vocabulary.json.pieces.get());
  if (!unigram && config.class_name == kXlmRoberta)
    refuse(vocabulary.source, fmt::format("holds no Unigram model, which a {} is made of", kXlmRoberta));
  const Reading reading = unigram ? unigram_reading_of(config, *unigram, vocabulary.source) : config.reading;
  if (reading == Reading::Filed && !vocabulary.is_json)
    refuse(folder.string(), fmt::format("holds no tokenizer.json, which a {} is made of", config.class_name));
  set_options(config, reading, vocabulary);
  TokenizerParts parts;
  parts.options = options ? *options : vocabulary.json.options;
  parts.finds_special = parts.options.keep_special_tokens.value_or(
      parts.options.text.contract != TextContract::Google && !config.splits_special_tokens);
  parts.max_length = config.max_length;
  if (vocabulary.json.pieces) {
    parts.pieces = std::move(vocabulary.json.pieces);
  } else {
    check_vocabulary(vocabulary.json.tokens, vocabulary.source);
    std::string unknown = vocabulary.json.unknown;
    const auto named = named_token(config, reading, "unk_token");
    if (named && (reading == Reading::Bert || !vocabulary.is_json)) unknown = named->content;
    if (std::ranges::find(vocabulary.json.tokens, unknown) == vocabulary.json.tokens.end())
      refuse(vocabulary.source, fmt::format("{} is missing; it stands for unknown words", unknown));
    parts.pieces = std::make_unique<WordPieceModel>(std::move(vocabulary.json.tokens), unknown, parts.options);
  }
  parts.added_tokens = added_tokens_of(config, reading, vocabulary, *parts.pieces);
  for (int i = 0; i < kSpecialCount; ++i)
    parts.special_names[i] = name_of(config, reading, static_cast<SpecialToken>(i), parts);
  check_names(config, vocabulary, parts);
  set_template(config, reading, vocabulary, parts);
  return parts;
}

TokenizerParts read_vocab_txt(const fs::path& path, const WordPieceOptions& options) {
  std::vector<std::string> tokens = parse_vocab_txt(read_whole_file(path, kMaxFileBytes));
  check_vocabulary(tokens, path.string());
  check_special_tokens(tokens, path.string());
  return bert_parts(std::move(tokens), options);
}

}  // namespace

Tokenizer Tokenizer::load(const fs::path& path) {
  return Tokenizer(
      std::make_shared<Model>(fs::is_directory(path) ? read_folder(path, nullptr) : read_vocab_txt(path, {})));
}

Tokenizer Tokenizer::load(const fs::path& path, const WordPieceOptions& options) {
  return Tokenizer(
      std::make_shared<Model>(fs::is_directory(path) ? read_folder(path, &options) : read_vocab_txt(path, options)));
}

}  // namespace scoria
