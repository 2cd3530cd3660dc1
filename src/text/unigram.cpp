#include "text/unigram.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "text/text_rewriter.h"
#include "text/unigram_scores.h"

namespace scoria {
namespace {

AsciiFold fold_of(const UnigramParts& parts) {
  AsciiFold fold{};
  for (unsigned char byte = 0x20; byte < 0x7F; ++byte) fold[byte] = byte;
  const auto forbid_new_spaces = [&] {
    for (std::size_t byte = 0; byte < fold.size(); ++byte)
      if ((fold[byte] == ' ') != (byte == ' ')) fold[byte] = 0;
  };
  for (const auto& step : parts.normalizer) {
    step->fold(fold);
    forbid_new_spaces();
  }
  for (const PreTokenizerStep& step : parts.pre_tokenizer) {
    if (!step.is_metaspace || step.metaspace.replacement.size() > 1) continue;
    for (unsigned char& byte : fold)
      if (byte == static_cast<unsigned char>(step.metaspace.replacement[0])) byte = 0;
  }
  return fold;
}

NormalizedWord slice(const NormalizedWord& text, std::size_t begin, std::size_t end) {
  NormalizedWord out;
  append_range(out, text, begin, end);
  return out;
}

}  // namespace

UnigramModel::UnigramModel(UnigramParts parts)
    : TokenModel(std::exchange(parts.tokens, {})),
      parts_(std::move(parts)),
      lattice_(*this, parts_.scores, parts_.unknown, parts_.bytes_fall_back) {
  const std::vector<PreTokenizerStep>& steps = parts_.pre_tokenizer;
  space_is_dropped_ = steps.size() == 2 && !steps[0].is_metaspace;
  const bool cuts_words = (steps.size() == 1 && steps[0].is_metaspace && steps[0].metaspace.split) ||
                          (space_is_dropped_ && steps[1].is_metaspace);
  if (!cuts_words) return;
  using Prepend = Metaspace::Prepend;
  const Prepend prepend = steps.back().metaspace.prepend;
  word_start_ = prepend == Prepend::Always  ? WordStart::Always
                : prepend == Prepend::First ? WordStart::First
                                            : WordStart::Never;
  fold_ = fold_of(parts_);
}

/// Cuts one stretch between added tokens.
class UnigramModel::Cutter {
 public:
  Cutter(const UnigramModel& model, std::vector<std::int32_t>& ids, std::vector<TokenSpan>* spans)
      : model_(model), ids_(ids), spans_(spans) {}

  void raw(std::string_view text, std::size_t from, std::size_t to) {
    const std::size_t first_token = ids_.size();
    for (std::size_t at = from; at < to;) {
      bool is_plain = true;
      const std::size_t end = segment_end(text, at, to, is_plain);
      if (is_plain) {
        plain_word(text, at, end);
      } else if (!rewritten(text, at, end) && spans_ && at == from && end < to) {
        ids_.resize(first_token);
        spans_->resize(first_token);
        rewritten(text, from, to);
        return;
      }
      at = end;
    }
  }

  void normalized(const NormalizedText& text, std::size_t from, std::size_t to) {
    pre_tokenize(model_.parts_.pre_tokenizer, text, from, to, pieces_, spare_pieces_);
    std::size_t begin = 0;
    for (const std::size_t end : pieces_.ends) {
      model_.lattice_.cut(std::string_view(pieces_.text.text).substr(begin, end - begin), work_);
      const TokenSpan* sources = pieces_.text.sources.data() + begin;
      for (const auto& [id, first, last] : work_.tokens) emit(id, {sources[first].begin, sources[last - 1].end});
      begin = end;
    }
  }

 private:
  unsigned char fold(char c) const { return model_.fold_[static_cast<unsigned char>(c)]; }

  /// A segment ends before a single space between plain characters; it is plain if it is a word of such, but for the
  /// space that it starts with.
  std::size_t segment_end(std::string_view text, std::size_t from, std::size_t to, bool& is_plain) const {
    const auto is_word = [&](std::size_t at) { return fold(text[at]) != 0 && text[at] != ' '; };
    std::size_t at = from;
    if (text[at] == ' ' && fold(' ') != 0 && at + 1 < to && is_word(at + 1)) ++at;
    for (; at < to; ++at) {
      if (is_word(at)) continue;
      if (text[at] == ' ' && fold(' ') != 0 && at > from && is_word(at - 1) && at + 1 < to && is_word(at + 1)) break;
      is_plain = false;
    }
    return at;
  }

  void plain_word(std::string_view text, std::size_t begin, std::size_t end) {
    const std::string_view mark = model_.parts_.pre_tokenizer.back().metaspace.replacement;
    const bool has_space = text[begin] == ' ';
    const std::size_t first = begin + has_space;
    const bool has_mark = (has_space && !model_.space_is_dropped_) || model_.word_start_ == WordStart::Always ||
                          (model_.word_start_ == WordStart::First && first == 0);
    word_.assign(has_mark ? mark : std::string_view());
    const std::size_t mark_size = word_.size();
    for (std::size_t i = first; i < end; ++i) word_ += static_cast<char>(fold(text[i]));
    model_.lattice_.cut(word_, work_);
    if (!spans_) {
      for (const auto& token : work_.tokens) ids_.push_back(token.id);
      return;
    }
    // The mark comes from the space, or where there is none from the first letter.
    const auto mark_begin = static_cast<std::uint32_t>(has_space && !model_.space_is_dropped_ ? begin : first);
    const auto raw_at = [&](std::uint32_t at) { return static_cast<std::uint32_t>(first + at - mark_size); };
    for (const auto& [id, token_begin, token_end] : work_.tokens)
      emit(id, {token_begin < mark_size ? mark_begin : raw_at(token_begin),
                token_end <= mark_size ? mark_begin + 1 : raw_at(token_end)});
  }

  /// False where sources would have to change behind the segment as well.
  bool rewritten(std::string_view text, std::size_t from, std::size_t to) {
    assign_raw(text_, text, from, to);
    bool keeps_start = true;
    for (const auto& step : model_.parts_.normalizer) keeps_start &= step->apply(text_, spare_text_);
    normalized(text_, 0, text_.text.size());
    return keeps_start;
  }

  void emit(std::int32_t id, TokenSpan span) {
    ids_.push_back(id);
    if (spans_) spans_->push_back(span);
  }

  const UnigramModel& model_;
  std::vector<std::int32_t>& ids_;
  std::vector<TokenSpan>* spans_;
  std::string word_;
  NormalizedText text_, spare_text_;
  Pieces pieces_, spare_pieces_;
  UnigramLattice::Work work_;
};

void UnigramModel::append(std::string_view text, std::size_t from, std::size_t to, std::vector<std::int32_t>& ids,
                          std::vector<TokenSpan>* spans) const {
  Cutter(*this, ids, spans).raw(text, from, to);
}

NormalizedText UnigramModel::normalize(std::string_view text, std::size_t from, std::size_t to) const {
  NormalizedText out, spare;
  assign_raw(out, text, from, to);
  for (const auto& step : parts_.normalizer) step->apply(out, spare);
  return out;
}

void UnigramModel::append_normalized(const NormalizedText& text, std::size_t from, std::size_t to,
                                     std::vector<std::int32_t>& ids, std::vector<TokenSpan>* spans) const {
  Cutter(*this, ids, spans).normalized(text, from, to);
}

void UnigramModel::append_words(const NormalizedText& text, std::size_t from, std::size_t to,
                                std::vector<NormalizedWord>& words) const {
  Pieces pieces, spare;
  pre_tokenize(parts_.pre_tokenizer, text, from, to, pieces, spare);
  std::size_t begin = 0;
  for (const std::size_t end : pieces.ends) {
    words.push_back(slice(pieces.text, begin, end));
    begin = end;
  }
}

bool UnigramModel::continues_word(std::string_view token) const {
  for (const PreTokenizerStep& step : parts_.pre_tokenizer)
    if (step.is_metaspace) return !token.starts_with(step.metaspace.replacement);
  return false;
}

std::string UnigramModel::decode(const std::vector<std::string_view>& tokens, bool) const {
  return decode_tokens(parts_.decoder, tokens);
}

TokenModel::JsonParts UnigramModel::json_parts() const {
  std::string vocab;
  for (std::size_t i = 0; i < tokens().size(); ++i)
    vocab += fmt::format("{}    [{}, {}]", i == 0 ? "" : ",\n", nlohmann::json(tokens()[i]).dump(),
                         written_score(parts_.scores[i]));
  const std::string unknown = parts_.unknown ? fmt::format("{}", *parts_.unknown) : "null";
  return {parts_.normalizer_json, parts_.pre_tokenizer_json, parts_.decoder_json,
          fmt::format("{{\"type\": \"Unigram\", \"unk_id\": {}, \"vocab\": [\n{}\n  ], \"byte_fallback\": {}}}",
                      unknown, vocab, parts_.bytes_fall_back)};
}

bool UnigramModel::is_of_xlm_roberta() const {
  return parts_.normalizer.size() <= 1 && parts_.normalizer_json.find("\"Replace\"") == std::string::npos &&
         space_is_dropped_ && word_start_ == WordStart::Always &&
         parts_.pre_tokenizer[1].metaspace.replacement == Metaspace().replacement;
}

}  // namespace scoria
