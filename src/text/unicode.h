#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "scoria/text/tokenizer.h"
#include "text/code_point_table.h"

namespace scoria::unicode {

/// What BERT's normalization needs to know of a code point, one bit each.
enum Flag : std::uint8_t {
  kIsDropped = 1,      ///< removed by the clean-up
  kIsSpace = 2,        ///< a word boundary
  kIsCjk = 4,          ///< an ideograph: a word of its own
  kIsPunctuation = 8,  ///< a word of its own
  kIsMark = 16,        ///< removed when accents are stripped
  kDecomposes = 32,    ///< changes under NFD
  kReorders = 64,      ///< combining class other than 0
  kHasLower = 128,     ///< lower-casing changes it
};

/// Flags of every code point under one contract; built once, then read by any number of threads.
using FlagTable = CodePointTable;

const FlagTable& flags_of(TextContract contract);

struct Decoded {
  char32_t value;          ///< U+FFFD for a byte that starts no valid sequence
  std::size_t byte_count;  ///< always at least 1
};

/// The code point at text[at]. Overlong forms, surrogates and cut sequences give U+FFFD and skip the longest
/// prefix of a valid sequence, as Unicode 15 section 3.9 recommends (and Python's errors="replace" does).
Decoded decode(std::string_view text, std::size_t at);

void append_utf8(std::string& out, char32_t c);
/// How many bytes append_utf8 writes.
constexpr std::size_t utf8_size(char32_t c) { return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; }

/// Unicode's White_Space.
bool is_space(char32_t c);
/// A letter, digit, mark, connector or joiner: \w of Hugging Face's regular expressions.
bool is_word(char32_t c);

/// Canonical decomposition of one code point, not reordered; returns how many were written (4 at most).
int decompose(char32_t c, char32_t out[4]);

/// Lower case without regard to context; returns how many were written (2 at most).
int lower(char32_t c, char32_t out[2]);

/// True if NFKD changes c, Hangul syllables aside.
bool is_compatible(char32_t c);
inline constexpr int kMostCompatible = 18;
/// Compatibility decomposition of one code point, not reordered; returns how many were written.
int decompose_compatible(char32_t c, char32_t out[kMostCompatible]);

int combining_class(char32_t c);
/// Unicode's category M: what Hugging Face's StripAccents removes.
bool is_combining(char32_t c);

/// Unicode's Cased and Case_Ignorable, which decide the shape of a final sigma.
bool is_cased(char32_t c);
bool is_case_ignorable(char32_t c);

}  // namespace scoria::unicode
