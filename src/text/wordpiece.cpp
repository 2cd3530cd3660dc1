#include "scoria/text/tokenizer.h"

#include <fmt/core.h>

#include <cstring>
#include <limits>

#include "scoria/error.h"
#include "text/unicode.h"
#include "text/word_splitter.h"
#include "text/tokenizer_model.h"

namespace scoria {
namespace {

constexpr int kHuggingFaceWordLimit = 100;
constexpr int kGoogleWordLimit = 200;

struct Match {
  std::size_t begin, end;
  std::int32_t id;
};

std::size_t count_characters(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

template <typename Model>
std::optional<Match> find_special(const Model& model, std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('[', from); at != text.npos; at = text.find('[', at + 1)) {
    for (int i = 0; i < kSpecialCount; ++i)
      if (text.substr(at).starts_with(kSpecialNames[i]))
        return Match{at, at + kSpecialNames[i].size(), model.specials[i]};
  }
  return {};
}

/// Special tokens in raw text, and what lies between them.
template <typename Model, typename VisitPlain, typename VisitSpecial>
void split_specials(const Model& model, std::string_view text, const VisitPlain& plain, const VisitSpecial& special) {
  std::size_t from = 0;
  if (model.keep_special_tokens) {
    while (const auto match = find_special(model, text, from)) {
      plain(from, match->begin);
      special(*match);
      from = match->end;
    }
  }
  plain(from, text.size());
}

/// Encodes one text; Spans is std::vector<TokenSpan>*, or std::nullptr_t where offsets are not wanted.
template <typename Model, typename Spans>
class Encoder {
 public:
  Encoder(const Model& model, std::vector<std::int32_t>& ids, Spans spans)
      : model_(model), ids_(ids), spans_(spans), splitter_(model.options.text) {}

  void encode(std::string_view text) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max())
      throw Error(ErrorKind::Usage,
                  fmt::format("tokenizer: a text of {} bytes; 4 GiB is the limit. Encode it in parts", text.size()));
    split_specials(
        model_, text, [&](std::size_t from, std::size_t to) { encode_plain(text, from, to); },
        [&](const Match& special) {
          emit(special.id, {static_cast<std::uint32_t>(special.begin), static_cast<std::uint32_t>(special.end)});
        });
  }

 private:
  void encode_plain(std::string_view text, std::size_t from, std::size_t to) {
    splitter_.start(text, from, to);
    WordSplitter::Word word;
    while (splitter_.next(word)) encode_word(word);
  }

  void encode_word(const WordSplitter::Word& word) {
    const std::string_view bytes = word.bytes;
    if (bytes.size() > model_.max_word_characters && count_characters(bytes) > model_.max_word_characters)
      return emit(model_.specials[kUnk], word.source(0, bytes.size()));
    const std::size_t first_token = ids_.size();
    for (std::size_t at = 0; at < bytes.size();) {
      const auto [id, end] = longest_piece(bytes, at, word.sources == nullptr);
      if (id < 0) {  // no piece fits here: the whole word is unknown, pieces already found included
        ids_.resize(first_token);
        if constexpr (kWithSpans) spans_->resize(first_token);
        return emit(model_.specials[kUnk], word.source(0, bytes.size()));
      }
      emit(id, word.source(at, end));
      at = end;
    }
  }

  struct Piece {
    std::int32_t id;
    std::size_t end;
  };
  Piece longest_piece(std::string_view bytes, std::size_t at, bool wants_fold) const {
    Piece best{-1, at};
    std::int32_t node = at == 0 ? PieceTrie::root() : model_.continuation_root;
    for (std::size_t i = at; node >= 0 && i < bytes.size(); ++i) {
      const auto byte = static_cast<unsigned char>(bytes[i]);
      node = model_.trie.step(node, wants_fold ? splitter_.fold()[byte] : byte);
      if (node < 0) break;
      if (const std::int32_t id = model_.trie.id(node); id >= 0) best = {id, i + 1};
    }
    return best;
  }

  void emit(std::int32_t id, TokenSpan span) {
    ids_.push_back(id);
    if constexpr (kWithSpans) spans_->push_back(span);
  }

  static constexpr bool kWithSpans = !std::is_same_v<Spans, std::nullptr_t>;
  const Model& model_;
  std::vector<std::int32_t>& ids_;
  Spans spans_;
  WordSplitter splitter_;
};

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

}  // namespace

Tokenizer::Tokenizer(std::vector<std::string> tokens, const WordPieceOptions& options) {
  check_vocabulary(tokens, "");
  const bool google = options.text.contract == TextContract::Google;
  auto model = std::make_shared<Model>();
  model->tokens = std::move(tokens);
  model->options = options;
  model->max_word_characters =
      static_cast<std::size_t>(options.max_word_characters.value_or(google ? kGoogleWordLimit : kHuggingFaceWordLimit));
  model->keep_special_tokens = options.keep_special_tokens.value_or(!google);
  std::vector<PieceTrie::Entry> entries;
  for (std::size_t i = 0; i < model->tokens.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    model->ids.emplace(model->tokens[i], id);
    entries.push_back({model->tokens[i], id});
  }
  model->trie = PieceTrie(std::move(entries));
  std::int32_t node = PieceTrie::root();
  for (const char c : kContinuation)
    if (node >= 0) node = model->trie.step(node, static_cast<unsigned char>(c));
  model->continuation_root = node;
  for (int i = 0; i < kSpecialCount; ++i) model->specials[i] = model->ids.at(kSpecialNames[i]);
  model_ = std::move(model);
}

std::int32_t Tokenizer::size() const { return static_cast<std::int32_t>(model_->tokens.size()); }
const WordPieceOptions& Tokenizer::options() const { return model_->options; }
std::int32_t Tokenizer::pad_id() const { return model_->specials[kPad]; }
std::int32_t Tokenizer::unk_id() const { return model_->specials[kUnk]; }
std::int32_t Tokenizer::cls_id() const { return model_->specials[kCls]; }
std::int32_t Tokenizer::sep_id() const { return model_->specials[kSep]; }
std::int32_t Tokenizer::mask_id() const { return model_->specials[kMask]; }

bool Tokenizer::is_special(std::int32_t id) const {
  for (const std::int32_t special : model_->specials)
    if (id == special) return true;
  return false;
}

void Tokenizer::append(std::string_view text, std::vector<std::int32_t>& ids, std::vector<TokenSpan>& offsets) const {
  Encoder(*model_, ids, &offsets).encode(text);
}

void Tokenizer::append_ids(std::string_view text, std::vector<std::int32_t>& ids) const {
  Encoder(*model_, ids, nullptr).encode(text);
}

std::vector<NormalizedWord> Tokenizer::normalize(std::string_view text) const {
  WordSplitter splitter(model_->options.text);
  std::vector<NormalizedWord> out;
  const auto add = [&](const WordSplitter::Word& word) {
    NormalizedWord& copy = out.emplace_back(NormalizedWord{std::string(word.bytes), {}});
    for (std::size_t i = 0; i < word.bytes.size(); ++i) {
      copy.sources.push_back(word.source(i, i + 1));
      if (!word.sources) copy.text[i] = static_cast<char>(splitter.fold()[static_cast<unsigned char>(copy.text[i])]);
    }
  };
  const auto add_plain = [&](std::size_t from, std::size_t to) {
    WordSplitter::Word word;
    splitter.start(text, from, to);
    while (splitter.next(word)) add(word);
  };
  split_specials(*model_, text, add_plain, [&](const Match& special) {
    NormalizedWord& copy = out.emplace_back(NormalizedWord{model_->tokens[static_cast<std::size_t>(special.id)], {}});
    for (std::size_t i = special.begin; i < special.end; ++i)
      copy.sources.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i + 1)});
  });
  return out;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool skip_special_tokens, bool clean_up) const {
  std::string out;
  bool first = true;
  for (const std::int32_t id : ids) {
    const std::string& piece = token(id);
    if (skip_special_tokens && is_special(id)) continue;
    const bool continues = !first && piece.starts_with(kContinuation);
    const std::string joined = first ? piece : continues ? piece.substr(kContinuation.size()) : " " + piece;
    out += clean_up ? tidy(joined) : joined;
    first = false;
  }
  return out;
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

std::optional<std::int32_t> Tokenizer::id(std::string_view token) const {
  const auto found = model_->ids.find(token);
  if (found == model_->ids.end()) return {};
  return found->second;
}

}  // namespace scoria
