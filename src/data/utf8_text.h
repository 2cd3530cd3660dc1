#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace scoria {

/// Appends raw bytes as valid UTF-8: a byte or cut sequence that is not becomes U+FFFD, NUL goes.
/// Returns how many bytes were replaced.
std::uint64_t append_valid_utf8(std::string_view raw, std::string& out);

/// The code point at text[at] and its bytes; text is valid UTF-8.
struct CodePoint {
  char32_t value;
  std::size_t byte_count;
};
CodePoint code_point_at(std::string_view text, std::size_t at);

}  // namespace scoria
