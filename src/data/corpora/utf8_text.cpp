#include "data/corpora/utf8_text.h"

#include <utf8proc.h>

#include <cstring>

namespace scoria {
namespace {

bool is_plain(char c) { return c > 0; }

unsigned char byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

/// Where a run of ASCII without NUL that begins at `at` ends.
std::size_t end_of_plain(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kHigh = 0x8080808080808080, kOnes = 0x0101010101010101;
  for (std::uint64_t word; at + sizeof(word) <= text.size(); at += sizeof(word)) {
    std::memcpy(&word, text.data() + at, sizeof(word));
    // A byte above 127, or a borrow out of a zero byte.
    if (((word | (word - kOnes)) & kHigh) != 0) break;
  }
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

/// Bytes of the sequence that `lead` opens, 0 if it opens none (Unicode, table 3-7).
std::size_t sequence_size(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

/// Whether `second` may follow `lead`: the first ranges of table 3-7 leave out overlong forms, surrogates and what
/// lies beyond U+10FFFF.
bool may_follow(unsigned char lead, unsigned char second) {
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  return second >= low && second <= high;
}

/// Bytes of the valid sequence at `at`, which is not ASCII; 0 if there is none.
std::size_t valid_sequence(std::string_view text, std::size_t at) {
  const std::size_t size = sequence_size(byte_at(text, at));
  if (size == 0 || at + size > text.size() || !may_follow(byte_at(text, at), byte_at(text, at + 1))) return 0;
  for (std::size_t i = 2; i < size; ++i)
    if ((byte_at(text, at + i) & 0xC0) != 0x80) return 0;
  return size;
}

}  // namespace

Utf8Repairs append_valid_utf8(std::string_view raw, std::string& out) {
  Utf8Repairs repairs;
  for (std::size_t begin = 0, at = 0;;) {
    at = end_of_plain(raw, at);
    const std::size_t size = at < raw.size() && raw[at] != '\0' ? valid_sequence(raw, at) : 0;
    at += size;
    if (size > 0) continue;
    out.append(raw, begin, at - begin);
    if (at == raw.size()) return repairs;
    if (raw[at] == '\0') {
      ++repairs.nuls;
    } else {
      out.append("\xEF\xBF\xBD");
      ++repairs.replaced;
    }
    begin = ++at;
  }
}

std::size_t size_of_whole_characters(std::string_view raw) {
  for (std::size_t back = 1; back <= 3 && back <= raw.size(); ++back) {
    const unsigned char c = byte_at(raw, raw.size() - back);
    if (sequence_size(c) > back) return raw.size() - back;
    if ((c & 0xC0) != 0x80) break;
  }
  return raw.size();
}

void append_code_point(char32_t value, std::string& out) {
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(value), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

CodePoint code_point_at(std::string_view text, std::size_t at) {
  if (is_plain(text[at])) return {static_cast<char32_t>(text[at]), 1};
  utf8proc_int32_t value;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at;
  const utf8proc_ssize_t size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - at), &value);
  if (size < 1) return {0xFFFD, 1};
  return {static_cast<char32_t>(value), static_cast<std::size_t>(size)};
}

std::string lower_case(std::string_view text) {
  std::string lower;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    append_code_point(static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c.value))), lower);
    at += c.byte_count;
  }
  return lower;
}

}  // namespace scoria
