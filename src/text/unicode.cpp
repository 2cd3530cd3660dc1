#include "text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/check.h"
#include "text/unicode_tables.h"

namespace scoria::unicode {
namespace {

constexpr char32_t kHangulFirst = 0xAC00, kHangulLast = 0xD7A3;

// Google's ranges (tokenization.py); Hugging Face's differ in 2B920, see kCjk.
constexpr Range kGoogleCjk[] = {{0x4E00, 0x9FFF},   {0x3400, 0x4DBF},   {0x20000, 0x2A6DF}, {0x2A700, 0x2B73F},
                                {0x2B740, 0x2B81F}, {0x2B820, 0x2CEAF}, {0xF900, 0xFAFF},   {0x2F800, 0x2FA1F}};

template <std::size_t N>
void mark_ranges(std::vector<std::uint8_t>& flags, const Range (&ranges)[N], Flag flag) {
  for (const Range& range : ranges)
    for (std::uint32_t c = range.first; c <= range.last; ++c) flags[c] |= flag;
}

template <std::size_t N>
bool contains(const Range (&ranges)[N], char32_t c) {
  const Range* after = std::ranges::upper_bound(ranges, c, {}, &Range::first);
  return after != ranges && c <= (after - 1)->last;
}

bool is_ascii_punctuation(char32_t c) {
  return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
}

bool is_google_control(char32_t c, int category) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  return c == 0 || c == 0xFFFD || category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF;
}

/// From the Unicode version of the installed utf8proc, as the reference uses that of the installed Python.
void mark_google(std::vector<std::uint8_t>& flags) {
  mark_ranges(flags, kGoogleCjk, kIsCjk);
  for (char32_t c = 0; c < kCodePoints; ++c) {
    const auto* property = utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
    const int category = property->category;
    if (is_google_control(c, category)) flags[c] |= kIsDropped;
    const bool separator = category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP;
    if (separator || c == '\t' || c == '\n' || c == '\r') flags[c] |= kIsSpace;
    const bool punctuation = category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
    if (punctuation || is_ascii_punctuation(c)) flags[c] |= kIsPunctuation;
    if (category == UTF8PROC_CATEGORY_MN) flags[c] |= kIsMark;
    if (property->combining_class != 0) flags[c] |= kReorders;
    if (property->decomp_seqindex != UINT16_MAX && property->decomp_type == 0) flags[c] |= kDecomposes;
  }
}

void mark_hugging_face(std::vector<std::uint8_t>& flags) {
  mark_ranges(flags, kDrop, kIsDropped);
  mark_ranges(flags, kSpace, kIsSpace);
  mark_ranges(flags, kCjk, kIsCjk);
  mark_ranges(flags, kPunctuation, kIsPunctuation);
  mark_ranges(flags, kMark, kIsMark);
  mark_ranges(flags, kDecomposition, kDecomposes);
  mark_ranges(flags, kReordering, kReorders);
}

FlagTable make_flags(TextContract contract) {
  std::vector<std::uint8_t> flags(kCodePoints);
  contract == TextContract::HuggingFace ? mark_hugging_face(flags) : mark_google(flags);
  for (char32_t c = kHangulFirst; c <= kHangulLast; ++c) flags[c] |= kDecomposes;
  // No letter with case lies above the supplementary multilingual plane.
  char32_t lowered[2];
  for (char32_t c = 0; c < 0x20000; ++c)
    if (lower(c, lowered) != 1 || lowered[0] != c) flags[c] |= kHasLower;
  return FlagTable(flags);
}

}  // namespace

const FlagTable& flags_of(TextContract contract) {
  if (contract == TextContract::HuggingFace) {
    static const FlagTable table = make_flags(TextContract::HuggingFace);
    return table;
  }
  static const FlagTable table = make_flags(TextContract::Google);
  return table;
}

Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const std::size_t left = text.size() - at;
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xC2 || lead > 0xF4) return {0xFFFD, 1};
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte's range excludes overlong forms, surrogates and what lies past U+10FFFF.
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (left < 2 || byte(1) < low || byte(1) > high) return {0xFFFD, 1};
  char32_t value = (lead & (0x7Fu >> size)) << 6 | (byte(1) & 0x3Fu);
  for (std::size_t i = 2; i < size; ++i) {
    if (i >= left || (byte(i) & 0xC0) != 0x80) return {0xFFFD, i};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  return {value, size};
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](unsigned bits) { out += static_cast<char>(bits); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

bool is_space(char32_t c) {
  return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_word(char32_t c) { return contains(kWord, c); }

int decompose(char32_t c, char32_t out[4]) {
  utf8proc_int32_t buffer[8];
  const utf8proc_ssize_t count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), buffer, 8, UTF8PROC_DECOMPOSE, nullptr);
  SCORIA_CHECK(count >= 1 && count <= 4, "a canonical decomposition has one to four code points");
  for (utf8proc_ssize_t i = 0; i < count; ++i) out[i] = static_cast<char32_t>(buffer[i]);
  return static_cast<int>(count);
}

int lower(char32_t c, char32_t out[2]) {
  // The one letter whose lower case is two code points in every language (SpecialCasing.txt).
  if (c == 0x130) {
    out[0] = 'i';
    out[1] = 0x307;
    return 2;
  }
  for (const LowerRange& range : kLower) {
    if (c >= range.first && c <= range.last) {
      out[0] = range.lower + (c - range.first);
      return 1;
    }
  }
  out[0] = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
  return 1;
}

bool is_compatible(char32_t c) { return contains(kCompatibility, c); }
bool is_combining(char32_t c) { return contains(kCombining, c); }

int decompose_compatible(char32_t c, char32_t out[kMostCompatible]) {
  utf8proc_int32_t buffer[2 * kMostCompatible];
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
  const utf8proc_ssize_t count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), buffer, 2 * kMostCompatible, options, nullptr);
  SCORIA_CHECK(count >= 1 && count <= kMostCompatible, "a compatibility decomposition has 1 to 18 code points");
  for (utf8proc_ssize_t i = 0; i < count; ++i) out[i] = static_cast<char32_t>(buffer[i]);
  return static_cast<int>(count);
}

int combining_class(char32_t c) { return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class; }

bool is_cased(char32_t c) {
  const int category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  if (category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL || category == UTF8PROC_CATEGORY_LT)
    return true;
  // Other_Lowercase and Other_Uppercase: ordinals, modifier letters, Roman numerals, circled letters.
  return c == 0xAA || c == 0xBA || (c >= 0x2B0 && c <= 0x2B8) || (c >= 0x2E0 && c <= 0x2E4) || c == 0x37A ||
         (c >= 0x1D2C && c <= 0x1D6A) || (c >= 0x2160 && c <= 0x217F) || (c >= 0x24B6 && c <= 0x24E9);
}

bool is_case_ignorable(char32_t c) {
  switch (c) {  // Word_Break MidLetter, MidNumLet and Single_Quote
    case '\'':
    case '.':
    case ':':
    case 0xB7:
    case 0x387:
    case 0x55F:
    case 0x5F4:
    case 0x2018:
    case 0x2019:
    case 0x2024:
    case 0x2027:
    case 0xFE13:
    case 0xFE52:
    case 0xFE55:
    case 0xFF07:
    case 0xFF0E:
    case 0xFF1A:
      return true;
  }
  const int category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME || category == UTF8PROC_CATEGORY_CF ||
         category == UTF8PROC_CATEGORY_LM || category == UTF8PROC_CATEGORY_SK;
}

}  // namespace scoria::unicode
