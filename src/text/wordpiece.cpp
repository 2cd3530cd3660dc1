#include "text/wordpiece.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/check.h"

namespace scoria {
namespace {

constexpr int kHuggingFaceWordLimit = 100;
constexpr int kGoogleWordLimit = 200;

/// What is still to be done with text that is normalized already: cutting it into words.
TextOptions plain_text(TextContract contract) {
  return {.lower_case = false,
          .strip_accents = false,
          .split_ideographs = false,
          .clean_text = false,
          .contract = contract};
}

std::size_t word_limit(const WordPieceOptions& options) {
  const bool google = options.text.contract == TextContract::Google;
  return static_cast<std::size_t>(
      options.max_word_characters.value_or(google ? kGoogleWordLimit : kHuggingFaceWordLimit));
}

std::size_t count_characters(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

PieceTrie trie_of(const TokenModel& model) {
  std::vector<PieceTrie::Entry> entries;
  entries.reserve(model.tokens().size());
  for (std::size_t i = 0; i < model.tokens().size(); ++i) {
    const std::string& token = model.tokens()[i];
    const auto id = static_cast<std::int32_t>(i);
    if (!token.empty() && model.id(token) == id) entries.push_back({token, id});
  }
  return PieceTrie(std::move(entries));
}

/// Hugging Face's WordPiece decoder: applied to each token with its leading space.
std::string tidy(std::string piece) {
  static constexpr std::string_view kRewrites[][2] = {
      {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
      {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [from, to] : kRewrites)
    for (std::size_t at = piece.find(from); at != piece.npos; at = piece.find(from, at + to.size()))
      piece.replace(at, from.size(), to);
  return piece;
}

std::string to_json(std::optional<bool> value) { return !value ? "null" : *value ? "true" : "false"; }

}  // namespace

/// Cuts one stretch; Spans is std::vector<TokenSpan>*, or std::nullptr_t where offsets are not wanted.
template <typename Spans>
class WordPieceModel::Cutter {
 public:
  /// `normalized` is what the text's bytes came from, or null if it is raw.
  Cutter(const WordPieceModel& model, const NormalizedText* normalized, std::vector<std::int32_t>& ids, Spans spans)
      : model_(model),
        normalized_(normalized),
        ids_(ids),
        spans_(spans),
        splitter_(normalized ? model.plain_splitter_ : model.splitter_) {}

  void cut(std::string_view text, std::size_t from, std::size_t to) {
    splitter_.start(text, from, to);
    WordSplitter::Word word;
    while (splitter_.next(word)) cut_word(word);
  }

 private:
  void cut_word(const WordSplitter::Word& word) {
    const std::string_view bytes = word.bytes;
    if (bytes.size() > model_.max_word_characters_ && count_characters(bytes) > model_.max_word_characters_)
      return emit(model_.unknown_, word, 0, bytes.size());
    const std::size_t first_token = ids_.size();
    for (std::size_t at = 0; at < bytes.size();) {
      const auto [id, end] = longest_piece(bytes, at, word.sources == nullptr);
      if (id < 0) {  // no piece fits here: the whole word is unknown, pieces already found included
        const std::size_t found = ids_.size();
        ids_.resize(first_token);
        if constexpr (kWithSpans) spans_->resize(spans_->size() - (found - first_token));
        return emit(model_.unknown_, word, 0, bytes.size());
      }
      emit(id, word, at, end);
      at = end;
    }
  }

  struct Piece {
    std::int32_t id;
    std::size_t end;
  };
  Piece longest_piece(std::string_view bytes, std::size_t at, bool wants_fold) const {
    Piece best{-1, at};
    std::int32_t node = at == 0 ? PieceTrie::root() : model_.continuation_root_;
    for (std::size_t i = at; node >= 0 && i < bytes.size(); ++i) {
      const auto byte = static_cast<unsigned char>(bytes[i]);
      node = model_.trie_.step(node, wants_fold ? splitter_.fold()[byte] : byte);
      if (node < 0) break;
      if (const std::int32_t id = model_.trie_.id(node); id >= 0) best = {id, i + 1};
    }
    return best;
  }

  void emit(std::int32_t id, const WordSplitter::Word& word, std::size_t begin, std::size_t end) {
    ids_.push_back(id);
    if constexpr (kWithSpans) {
      TokenSpan span = word.source(begin, end);
      if (normalized_) span = {normalized_->sources[span.begin].begin, normalized_->sources[span.end - 1].end};
      spans_->push_back(span);
    }
  }

  static constexpr bool kWithSpans = !std::is_same_v<Spans, std::nullptr_t>;
  const WordPieceModel& model_;
  const NormalizedText* normalized_;
  std::vector<std::int32_t>& ids_;
  Spans spans_;
  WordSplitter splitter_;
};

WordPieceModel::WordPieceModel(std::vector<std::string> tokens, std::string_view unknown,
                               const WordPieceOptions& options)
    : TokenModel(std::move(tokens)),
      options_(options),
      max_word_characters_(word_limit(options)),
      trie_(trie_of(*this)),
      splitter_(options.text),
      plain_splitter_(plain_text(options.text.contract)) {
  const std::optional<std::int32_t> id = this->id(unknown);
  SCORIA_CHECK(id, "the token for unknown words is one of the vocabulary");
  unknown_ = *id;
  std::int32_t node = PieceTrie::root();
  for (const char c : kContinuation)
    if (node >= 0) node = trie_.step(node, static_cast<unsigned char>(c));
  continuation_root_ = node;
}

void WordPieceModel::append(std::string_view text, std::size_t from, std::size_t to, std::vector<std::int32_t>& ids,
                            std::vector<TokenSpan>* spans) const {
  if (spans)
    Cutter<std::vector<TokenSpan>*>(*this, nullptr, ids, spans).cut(text, from, to);
  else
    Cutter<std::nullptr_t>(*this, nullptr, ids, nullptr).cut(text, from, to);
}

NormalizedText WordPieceModel::normalize(std::string_view text, std::size_t from, std::size_t to) const {
  WordSplitter splitter = splitter_;
  return splitter.flatten(text, from, to);
}

void WordPieceModel::append_normalized(const NormalizedText& text, std::size_t from, std::size_t to,
                                       std::vector<std::int32_t>& ids, std::vector<TokenSpan>* spans) const {
  if (spans)
    Cutter<std::vector<TokenSpan>*>(*this, &text, ids, spans).cut(text.text, from, to);
  else
    Cutter<std::nullptr_t>(*this, &text, ids, nullptr).cut(text.text, from, to);
}

void WordPieceModel::append_words(const NormalizedText& text, std::size_t from, std::size_t to,
                                  std::vector<NormalizedWord>& words) const {
  WordSplitter splitter = plain_splitter_;
  splitter.start(text.text, from, to);
  WordSplitter::Word word;
  while (splitter.next(word)) {
    NormalizedWord& copy = words.emplace_back(NormalizedWord{std::string(word.bytes), {}});
    for (std::size_t i = 0; i < word.bytes.size(); ++i)
      copy.sources.push_back(text.sources[word.source(i, i + 1).begin]);
  }
}

std::unique_ptr<TokenModel> WordPieceModel::lower_cased() const {
  WordPieceOptions options = options_;
  options.text.strip_accents = options.text.strip_accents.value_or(options.text.lower_case);
  options.text.lower_case = true;
  return std::make_unique<WordPieceModel>(tokens(), tokens()[static_cast<std::size_t>(unknown_)], options);
}

std::string WordPieceModel::decode(const std::vector<std::string_view>& tokens, bool clean_up) const {
  std::string out;
  bool first = true;
  for (const std::string_view token : tokens) {
    const bool continues = !first && token.starts_with(kContinuation);
    std::string joined = first ? "" : continues ? "" : " ";
    joined += continues ? token.substr(kContinuation.size()) : token;
    out += clean_up ? tidy(std::move(joined)) : joined;
    first = false;
  }
  return out;
}

TokenModel::JsonParts WordPieceModel::json_parts() const {
  const TextOptions& text = options_.text;
  JsonParts parts;
  parts.normalizer = fmt::format(
      R"({{"type": "BertNormalizer", "clean_text": {}, "handle_chinese_chars": {}, "strip_accents": {}, )"
      R"("lowercase": {}}})",
      text.clean_text, text.split_ideographs, to_json(text.strip_accents), text.lower_case);
  parts.pre_tokenizer = R"({"type": "BertPreTokenizer"})";
  parts.decoder = R"({"type": "WordPiece", "prefix": "##", "cleanup": true})";
  std::string vocab;
  for (std::size_t i = 0; i < tokens().size(); ++i) {
    if (id(tokens()[i]) != static_cast<std::int32_t>(i)) continue;
    vocab += fmt::format("{}    {}: {}", vocab.empty() ? "" : ",\n", nlohmann::json(tokens()[i]).dump(), i);
  }
  parts.model = fmt::format(
      "{{\"type\": \"WordPiece\", \"unk_token\": {}, \"continuing_subword_prefix\": \"##\", "
      "\"max_input_chars_per_word\": {}, \"vocab\": {{\n{}\n  }}}}",
      nlohmann::json(tokens()[static_cast<std::size_t>(unknown_)]).dump(), max_word_characters_, vocab);
  return parts;
}

}  // namespace scoria
