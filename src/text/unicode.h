#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "scoria/text/tokenizer.h"

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
class FlagTable {
 public:
  explicit FlagTable(TextContract contract);
  std::uint8_t operator[](char32_t c) const { return pages_[page_of_[c >> 8] * 256u + (c & 255)]; }

 private:
  std::string pages_;
  std::uint16_t page_of_[0x110000 >> 8];
};

const FlagTable& flags_of(TextContract contract);

struct Decoded {
  char32_t value;          ///< U+FFFD for a byte that starts no valid sequence
  std::size_t byte_count;  ///< always at least 1
};

/// The code point at text[at]. Overlong forms, surrogates and cut sequences give U+FFFD and skip the longest
/// prefix of a valid sequence, as Unicode 15 section 3.9 recommends (and Python's errors="replace" does).
Decoded decode(std::string_view text, std::size_t at);

void append_utf8(std::string& out, char32_t c);

/// Canonical decomposition of one code point, not reordered; returns how many were written (4 at most).
int decompose(char32_t c, char32_t out[4]);

/// Lower case without regard to context; returns how many were written (2 at most).
int lower(char32_t c, char32_t out[2]);

int combining_class(char32_t c);

/// Unicode's Cased and Case_Ignorable, which decide the shape of a final sigma.
bool is_cased(char32_t c);
bool is_case_ignorable(char32_t c);

}  // namespace scoria::unicode
