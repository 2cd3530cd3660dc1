#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scoria/text/tokenizer.h"
#include "text/unicode.h"

namespace scoria {

/// The tokenizer once more, slow and obvious, to compare the fast one with: each step of Hugging Face's goes over the
/// whole text and keeps, for every code point, the raw bytes it came from. Only the tables of Unicode are shared (those
/// are compared with the library's by tests/parity/unicode_tables.py).
class SlowTokenizer {
 public:
  struct Token {
    std::int32_t id;
    TokenSpan span;
    friend bool operator==(const Token&, const Token&) = default;
  };

  SlowTokenizer(const std::vector<std::string>& vocabulary, const TextOptions& options)
      : options_(options), flags_(unicode::flags_of(TextContract::HuggingFace)) {
    for (const std::string& token : vocabulary) ids_.emplace(token, static_cast<std::int32_t>(ids_.size()));
  }

  std::vector<Token> encode(std::string_view text) const {
    std::vector<Token> out;
    std::size_t from = 0;
    while (from <= text.size()) {
      const auto [at, special] = next_special(text, from);
      encode_plain(text, from, at, out);
      if (special.empty()) break;
      out.push_back({ids_.at(special), span(at, at + special.size())});
      from = at + special.size();
    }
    return out;
  }

 private:
  struct Letter {
    char32_t value;
    TokenSpan source;
  };
  using Letters = std::vector<Letter>;

  static TokenSpan span(std::size_t begin, std::size_t end) {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }

  static std::pair<std::size_t, std::string> next_special(std::string_view text, std::size_t from) {
    std::size_t at = text.size();
    std::string special;
    for (const char* name : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) {
      const std::size_t found = text.find(name, from);
      if (found < at) {
        at = found;
        special = name;
      }
    }
    return {at, special};
  }

  /// By the definition of UTF-8: the shortest form of a code point that is no surrogate. What is not becomes U+FFFD,
  /// one for each byte that cannot be part of a longer valid beginning.
  static Letters decode(std::string_view text, std::size_t from, std::size_t to) {
    Letters out;
    while (from < to) {
      std::size_t size = 1;
      char32_t value = 0xFFFD;
      for (std::size_t length = 1; length <= 4 && from + length <= to; ++length) {
        const std::optional<char32_t> whole = code_point(text.substr(from, length));
        if (whole) {
          value = *whole;
          size = length;
          break;
        }
        if (begins_one(text.substr(from, length))) size = length;
      }
      out.push_back({value, span(from, from + size)});
      from += size;
    }
    return out;
  }

  static std::optional<char32_t> code_point(std::string_view bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const char32_t first = byte(0);
    char32_t value = bytes.size() == 1 ? first : first & (0xFFu >> (bytes.size() + 1));
    for (std::size_t i = 1; i < bytes.size(); ++i) value = value << 6 | (byte(i) & 0x3Fu);
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
    std::string encoded;
    unicode::append_utf8(encoded, value);
    return encoded == bytes ? std::optional(value) : std::nullopt;
  }

  /// Whether some continuation makes it a code point: the lowest and the highest continuation tell, as code points lie
  /// without a gap but for the surrogates.
  static bool begins_one(std::string_view bytes) {
    for (std::size_t length = bytes.size() + 1; length <= 4; ++length) {
      for (const char fill : {'\x80', '\x90', '\x9F', '\xA0', '\xBF'}) {
        std::string whole(bytes);
        whole.resize(length, fill);
        if (code_point(whole)) return true;
      }
    }
    return false;
  }

  Letters cleaned(const Letters& letters) const {
    if (!options_.clean_text) return letters;
    Letters out;
    for (Letter letter : letters) {
      if (flags_[letter.value] & unicode::kIsDropped) continue;
      if (flags_[letter.value] & unicode::kIsSpace) letter.value = ' ';
      out.push_back(letter);
    }
    return out;
  }

  Letters spaced(const Letters& letters) const {
    if (!options_.split_ideographs) return letters;
    Letters out;
    for (const Letter& letter : letters) {
      const bool is_ideograph = flags_[letter.value] & unicode::kIsCjk;
      if (is_ideograph) out.push_back({' ', letter.source});
      out.push_back(letter);
      if (is_ideograph) out.push_back({' ', letter.source});
    }
    return out;
  }

  /// Decomposes, orders marks by their class and drops them. Sources stay in their places while code points move: a
  /// code point that decomposition made takes the source of the one before it, any other the next of the raw text.
  Letters stripped(const Letters& letters) const {
    if (!options_.strip_accents.value_or(options_.lower_case)) return letters;
    struct Part {
      char32_t value;
      bool is_made;
    };
    std::vector<Part> parts;
    for (const Letter& letter : letters) {
      char32_t decomposed[4] = {letter.value};
      const int count = flags_[letter.value] & unicode::kDecomposes ? unicode::decompose(letter.value, decomposed) : 1;
      for (int i = 0; i < count; ++i) parts.push_back({decomposed[i], i > 0});
    }
    const auto mark_class = [&](const Part& part) {
      return flags_[part.value] & (unicode::kReorders | unicode::kIsMark) ? unicode::combining_class(part.value) : 0;
    };
    for (std::size_t begin = 0; begin < parts.size();) {
      std::size_t end = begin;
      while (end < parts.size() && mark_class(parts[end]) > 0) ++end;
      std::stable_sort(parts.begin() + static_cast<std::ptrdiff_t>(begin),
                       parts.begin() + static_cast<std::ptrdiff_t>(end),
                       [&](const Part& a, const Part& b) { return mark_class(a) < mark_class(b); });
      begin = std::max(end, begin + 1);
    }
    Letters out;
    std::size_t next = 0;
    for (const Part& part : parts) {
      if (!part.is_made) ++next;
      const TokenSpan source = letters[next == 0 ? 0 : next - 1].source;
      if (!(flags_[part.value] & unicode::kIsMark)) out.push_back({part.value, source});
    }
    return out;
  }

  Letters lowered(const Letters& letters) const {
    if (!options_.lower_case) return letters;
    Letters out;
    for (const Letter& letter : letters) {
      char32_t lower[2];
      const int count = unicode::lower(letter.value, lower);
      for (int i = 0; i < count; ++i) out.push_back({lower[i], letter.source});
    }
    return out;
  }

  bool is_space(char32_t c) const {
    return c == ' ' || (flags_[c] & unicode::kIsSpace) || c == 0xB || c == 0xC || c == 0x85;
  }

  void encode_plain(std::string_view text, std::size_t from, std::size_t to, std::vector<Token>& out) const {
    const Letters letters = lowered(stripped(spaced(cleaned(decode(text, from, to)))));
    Letters word;
    const auto end_word = [&] {
      if (!word.empty()) encode_word(word, out);
      word.clear();
    };
    for (const Letter& letter : letters) {
      const bool alone = flags_[letter.value] & unicode::kIsPunctuation;
      if (alone || is_space(letter.value)) end_word();
      if (!is_space(letter.value)) word.push_back(letter);
      if (alone) end_word();
    }
    end_word();
  }

  void encode_word(const Letters& word, std::vector<Token>& out) const {
    std::vector<Token> pieces;
    for (std::size_t begin = 0; begin < word.size() && word.size() <= 100;) {
      std::size_t end = word.size();
      for (; end > begin; --end) {
        std::string piece = begin == 0 ? "" : "##";
        for (std::size_t i = begin; i < end; ++i) unicode::append_utf8(piece, word[i].value);
        const auto found = ids_.find(piece);
        if (found == ids_.end()) continue;
        pieces.push_back({found->second, {word[begin].source.begin, word[end - 1].source.end}});
        break;
      }
      if (end == begin) {
        pieces.clear();
        break;
      }
      begin = end;
    }
    if (pieces.empty()) pieces = {{ids_.at("[UNK]"), {word.front().source.begin, word.back().source.end}}};
    out.insert(out.end(), pieces.begin(), pieces.end());
  }

  TextOptions options_;
  const unicode::FlagTable& flags_;
  std::map<std::string, std::int32_t> ids_;
};

}  // namespace scoria
