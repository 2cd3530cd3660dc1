#pragma once

#include <string_view>

namespace scoria {

/// What a file that is no UTF-8 text is by its first bytes, and what to do with it: "it is a PDF; extract the text
/// first (pdftotext FILE)". Empty if it is nothing that is known: text, or bytes without a name.
std::string_view known_format(std::string_view start);

/// What a file that is made of characters, and still not plain text, is by its first bytes; empty if it does not start
/// with [, { or <. Told where text is the last guess that is left: it may be a text that happens to start so.
std::string_view known_markup(std::string_view start);

}  // namespace scoria
