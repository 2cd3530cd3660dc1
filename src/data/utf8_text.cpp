#include "data/utf8_text.h"

#include <utf8proc.h>

namespace scoria {
namespace {

bool is_plain(char c) { return c > 0; }

}  // namespace

std::uint64_t append_valid_utf8(std::string_view raw, std::string& out) {
  std::uint64_t replaced = 0;
  for (std::size_t at = 0; at < raw.size();) {
    std::size_t end = at;
    while (end < raw.size() && is_plain(raw[end])) ++end;
    out.append(raw, at, end - at);
    at = end;
    if (at == raw.size()) break;
    if (raw[at] == '\0') {
      ++at;
      continue;
    }
    utf8proc_int32_t value;
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(raw.data()) + at;
    const utf8proc_ssize_t size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(raw.size() - at), &value);
    if (size < 0) {
      out.append("\xEF\xBF\xBD");
      ++at;
      ++replaced;
    } else {
      out.append(raw, at, static_cast<std::size_t>(size));
      at += static_cast<std::size_t>(size);
    }
  }
  return replaced;
}

CodePoint code_point_at(std::string_view text, std::size_t at) {
  if (is_plain(text[at])) return {static_cast<char32_t>(text[at]), 1};
  utf8proc_int32_t value;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at;
  const utf8proc_ssize_t size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - at), &value);
  if (size < 1) return {0xFFFD, 1};
  return {static_cast<char32_t>(value), static_cast<std::size_t>(size)};
}

}  // namespace scoria
