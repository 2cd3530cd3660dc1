#include "text/word_splitter.h"

#include <algorithm>

namespace scoria {
namespace {

bool is_ascii_punctuation(int c) {
  return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
}

}  // namespace

WordSplitter::WordSplitter(const TextOptions& options)
    : lower_(options.lower_case),
      strip_(options.strip_accents.value_or(options.lower_case)),
      ideographs_(options.split_ideographs),
      clean_(options.clean_text),
      google_(options.contract == TextContract::Google),
      flags_(unicode::flags_of(options.contract)) {
  for (int c = 0; c < 256; ++c) {
    const bool control = c < 32 || c == 127;
    // Without the clean-up, control characters stay in the word, but for those that Unicode calls white space.
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r' || (!clean_ && (c == '\v' || c == '\f'));
    kind_[c] = space                     ? kSpace
               : is_ascii_punctuation(c) ? kPunctuation
               : c >= 128                ? kComplex
               : (control && clean_)     ? kComplex
                                         : kLetter;
    fold_[c] = static_cast<unsigned char>(lower_ && c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
}

void WordSplitter::start(std::string_view text, std::size_t from, std::size_t to) {
  text_ = text;
  begin_ = at_ = from;
  end_ = to;
  words_.clear();
  next_word_ = 0;
}

bool WordSplitter::next(Word& word) {
  for (;;) {
    if (next_word_ < words_.size()) {
      const Slice slice = words_[next_word_++];
      word = {std::string_view(bytes_).substr(slice.begin, slice.end - slice.begin), sources_.data() + slice.begin, 0};
      return true;
    }
    const auto kind = [&](std::size_t i) { return kind_[static_cast<unsigned char>(text_[i])]; };
    while (at_ < end_ && kind(at_) == kSpace) ++at_;
    if (at_ == end_) return false;
    const std::size_t from = at_;
    if (kind(at_) == kPunctuation) {
      ++at_;
    } else {
      while (at_ < end_ && kind(at_) == kLetter) ++at_;
      if (at_ < end_ && kind(at_) == kComplex) {
        while (at_ < end_ && (kind(at_) == kLetter || kind(at_) == kComplex)) ++at_;
        rewrite(from, at_);
        continue;
      }
    }
    word = {text_.substr(from, at_ - from), nullptr, static_cast<std::uint32_t>(from)};
    return true;
  }
}

NormalizedWord WordSplitter::flatten(std::string_view text, std::size_t from, std::size_t to) {
  start(text, from, to);
  flat_ = true;
  rewrite(from, to);
  flat_ = false;
  return {bytes_, sources_};
}

void WordSplitter::rewrite(std::size_t from, std::size_t to) {
  bytes_.clear();
  sources_.clear();
  words_.clear();
  next_word_ = word_begin_ = 0;
  for (std::size_t at = from; at < to;) {
    const auto [c, byte_count] = unicode::decode(text_.substr(0, to), at);
    const std::uint8_t flags = flags_[c];
    const TokenSpan source{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + byte_count)};
    if (clean_ && flags & unicode::kIsDropped) {
    } else if ((flags & unicode::kIsSpace || c == 0x85) && (clean_ || !flat_)) {
      flush_reordered();  // U+0085 comes here only without the clean-up, which drops it
      end_word();
      add_space(source);
    } else {
      add_code_point(c, flags, at, source);
    }
    at += byte_count;
  }
  flush_reordered();
  end_word();
}

void WordSplitter::add_code_point(char32_t c, std::uint8_t flags, std::size_t at, TokenSpan source) {
  const bool alone = ideographs_ && flags & unicode::kIsCjk;
  if (alone) {
    flush_reordered();
    end_word();
    add_space(source);
  }
  // The two contracts lower and decompose in opposite order; it shows only where one code point becomes two.
  if (google_ && lower_) {
    add_lowered(c, at, source);
  } else if (strip_) {
    add_decomposed(c, source);
  } else if (lower_) {
    add_lowered(c, at, source);
  } else {
    add_normalized(c, source);
  }
  if (alone) {
    flush_reordered();
    end_word();
    add_space(source);
  }
}

void WordSplitter::add_lowered(char32_t c, std::size_t at, TokenSpan source) {
  char32_t lowered[2] = {c, 0};
  int count = 1;
  if (google_ && c == 0x3A3 && is_final_sigma(at)) {
    lowered[0] = 0x3C2;
  } else if (flags_[c] & unicode::kHasLower) {
    count = unicode::lower(c, lowered);
  }
  for (int i = 0; i < count; ++i) {
    if (google_ && strip_)
      add_decomposed(lowered[i], source);
    else
      add_normalized(lowered[i], source);
  }
}

void WordSplitter::add_decomposed(char32_t c, TokenSpan source) {
  char32_t parts[4] = {c};
  const int count = flags_[c] & unicode::kDecomposes ? unicode::decompose(c, parts) : 1;
  for (int i = 0; i < count; ++i) {
    const std::uint8_t flags = flags_[parts[i]];
    const bool is_mark = flags & unicode::kIsMark;
    const int combining_class =
        flags & (unicode::kReorders | unicode::kIsMark) ? unicode::combining_class(parts[i]) : 0;
    if (combining_class != 0) {
      reorder_.push_back({parts[i], combining_class, is_mark, i > 0});
      if (i == 0) reorder_sources_.push_back(source);
      reorder_stays_ |= !is_mark;
      continue;
    }
    flush_reordered();
    source_ = source;
    if (!is_mark) add_normalized(parts[i], source);
  }
}

/// Canonical ordering. As in Hugging Face's offsets, sources keep their order while code points move: the n-th
/// to have come from raw text takes the n-th source, and one made by decomposition that of its neighbour.
void WordSplitter::flush_reordered() {
  if (reorder_.empty()) return;
  if (reorder_stays_) {
    std::stable_sort(reorder_.begin(), reorder_.end(),
                     [](const Placed& a, const Placed& b) { return a.combining_class < b.combining_class; });
    std::size_t next_source = 0;
    for (const Placed& placed : reorder_) {
      if (!placed.is_made) source_ = reorder_sources_[next_source++];
      if (!placed.is_mark) add_normalized(placed.value, source_);
    }
  }
  reorder_.clear();
  reorder_sources_.clear();
  reorder_stays_ = false;
}

/// The last step for every code point: Hugging Face lower-cases here, and punctuation is looked for here,
/// since U+037E becomes a semicolon only by decomposition.
void WordSplitter::add_normalized(char32_t c, TokenSpan source) {
  char32_t out[2] = {c, 0};
  int count = 1;
  if (!google_ && lower_ && strip_ && flags_[c] & unicode::kHasLower) count = unicode::lower(c, out);
  for (int i = 0; i < count; ++i) {
    const bool alone = flags_[out[i]] & unicode::kIsPunctuation;
    if (alone) end_word();
    unicode::append_utf8(bytes_, out[i]);
    sources_.resize(bytes_.size(), source);
    if (alone) end_word();
  }
}

void WordSplitter::add_space(TokenSpan source) {
  if (!flat_) return;
  bytes_ += ' ';
  sources_.push_back(source);
}

void WordSplitter::end_word() {
  if (flat_) return;
  if (bytes_.size() > word_begin_) words_.push_back({word_begin_, bytes_.size()});
  word_begin_ = bytes_.size();
}

/// Python's rule (Unicode's Final_Sigma): after a cased letter and not before one, within the word.
bool WordSplitter::is_final_sigma(std::size_t at) const {
  const auto ends_word = [&](char32_t c) {
    return (flags_[c] & unicode::kIsSpace) || (ideographs_ && flags_[c] & unicode::kIsCjk);
  };
  // UTF-8 that may be broken is read forwards, from the space before or, in a word without end, from nearby.
  constexpr std::size_t kNearby = 4096;
  std::size_t from = at;
  while (from > begin_ && at - from < kNearby && kind_[static_cast<unsigned char>(text_[from - 1])] != kSpace) --from;
  bool cased_before = false;
  for (std::size_t i = from; i < at;) {
    const auto [c, byte_count] = unicode::decode(text_, i);
    if (ends_word(c)) {
      cased_before = false;
    } else if (!unicode::is_case_ignorable(c) && !(clean_ && flags_[c] & unicode::kIsDropped)) {
      cased_before = unicode::is_cased(c);
    }
    i += byte_count;
  }
  if (!cased_before) return false;
  for (std::size_t i = at + 2; i < end_;) {
    const auto [c, byte_count] = unicode::decode(text_, i);
    if (ends_word(c)) return true;
    if (!unicode::is_case_ignorable(c) && !(clean_ && flags_[c] & unicode::kIsDropped)) return !unicode::is_cased(c);
    i += byte_count;
  }
  return true;
}

}  // namespace scoria
