#pragma once

#include <string>
#include <string_view>

#include "data/corpora/input_bytes.h"

namespace scoria {

/// Throws Error (Input) where the first bytes of a file, unpacked from zstd, are not those of UTF-8 text: a known
/// binary format, UTF-16, many NULs or bytes that are not UTF-8. `what` opens the message: "corpus a.txt".
void check_is_text(const std::string& what, std::string_view start);

/// Where plain text is the last guess that is left: throws Error (Input) if the first character is one that JSON, HTML
/// or XML start with. `advice` says how to insist.
void check_text_is_meant(const std::string& what, std::string_view start, std::string_view advice);

/// Steps over a byte-order mark, and tells whether there was one.
bool skip_byte_order_mark(InputBytes& bytes);

}  // namespace scoria
