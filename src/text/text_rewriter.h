#pragma once

#include <string_view>

#include "scoria/text/encoding.h"
#include "text/unicode.h"

namespace scoria {

/// Builds a text out of another, code point by code point, and says of each what raw bytes it came from, as Hugging
/// Face's tokenizers do: a code point that takes the place of one has its source, one that is new that of the code
/// point before.
class TextRewriter {
 public:
  /// `to` is emptied.
  TextRewriter(const NormalizedWord& from, NormalizedWord& to) : from_(from), to_(to) {
    to_.text.clear();
    to_.sources.clear();
  }

  /// change 0: c is there for the next code point of the old text; -n: for that one and n more; 1: it is new.
  void put(char32_t c, int change) {
    const std::size_t size = from_.sources.size();
    const std::size_t source = change <= 0 ? at_ : at_ > 0 ? at_ - 1 : 0;
    if (size == 0) return;
    const TokenSpan span = from_.sources[source < size ? source : size - 1];
    for (int i = change; i <= 0; ++i) skip();
    unicode::append_utf8(to_.text, c);
    to_.sources.resize(to_.text.size(), span);
  }

 private:
  void skip() {
    if (at_ < from_.text.size()) at_ += unicode::decode(from_.text, at_).byte_count;
  }

  const NormalizedWord& from_;
  NormalizedWord& to_;
  std::size_t at_ = 0;
};

/// Adds a code point that came from `source`.
inline void append_code_point(NormalizedWord& text, char32_t c, TokenSpan source) {
  unicode::append_utf8(text.text, c);
  text.sources.resize(text.text.size(), source);
}

inline void append_bytes(NormalizedWord& text, std::string_view bytes, TokenSpan source) {
  text.text += bytes;
  text.sources.resize(text.text.size(), source);
}

/// Adds from[begin, end) with its sources.
inline void append_range(NormalizedWord& text, const NormalizedWord& from, std::size_t begin, std::size_t end) {
  const auto first = static_cast<std::ptrdiff_t>(begin), last = static_cast<std::ptrdiff_t>(end);
  text.text.append(from.text, begin, end - begin);
  text.sources.insert(text.sources.end(), from.sources.begin() + first, from.sources.begin() + last);
}

/// Raw text[from, to) as it is, with U+FFFD for what is not UTF-8.
inline void assign_raw(NormalizedWord& out, std::string_view text, std::size_t from, std::size_t to) {
  text = text.substr(0, to);
  out.text.clear();
  out.sources.resize(to - from);
  std::size_t copied = from, size = 0;
  for (std::size_t at = from; at < to;) {
    const auto [c, byte_count] = unicode::decode(text, at);
    const TokenSpan span{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + byte_count)};
    const bool is_broken = c == 0xFFFD && (byte_count != 3 || text[at] != '\xEF');
    const std::size_t written = is_broken ? 3 : byte_count;
    if (is_broken) {
      out.text.append(text, copied, at - copied).append("\uFFFD");
      copied = at + byte_count;
      out.sources.resize(out.sources.size() + 3);
    }
    for (std::size_t i = 0; i < written; ++i) out.sources[size + i] = span;
    size += written;
    at += byte_count;
  }
  out.text.append(text, copied, to - copied);
  out.sources.resize(size);
}

}  // namespace scoria
