#pragma once

#include <string>
#include <string_view>

namespace scoria {

/// Without the ASCII white space at both ends.
std::string_view trimmed(std::string_view text);

/// Text of a file as a message shows it: on one line, no longer than `longest` bytes and three points.
std::string excerpt(std::string_view text, std::size_t longest = 80);

}  // namespace scoria
