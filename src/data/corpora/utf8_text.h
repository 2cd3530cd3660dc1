#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace scoria {

struct Utf8Repairs {
  std::uint64_t replaced = 0;  ///< bytes that are not UTF-8
  std::uint64_t nuls = 0;
};

/// Appends raw bytes as valid UTF-8: a byte or cut sequence that is not becomes U+FFFD, NUL goes.
Utf8Repairs append_valid_utf8(std::string_view raw, std::string& out);

/// Bytes of `raw` before a sequence that its end cuts, which the next bytes may complete.
std::size_t size_of_whole_characters(std::string_view raw);

/// Appends a code point.
void append_code_point(char32_t value, std::string& out);

/// The code point at text[at] and its bytes; text is valid UTF-8.
struct CodePoint {
  char32_t value;
  std::size_t byte_count;
};
CodePoint code_point_at(std::string_view text, std::size_t at);

/// In lower case, character by character (Unicode's simple mapping); text is valid UTF-8.
std::string lower_case(std::string_view text);

}  // namespace scoria
