#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scoria {

/// The lines that WikiExtractor puts around an article: <doc id="12" url="..." title="Anarchism"> and </doc>.

/// Whether a file starts with one.
bool starts_as_article(std::string_view start);

/// Whether a line may be one, as far as its bytes go.
bool may_be_article_mark(std::string_view line_start);

/// The title of the article that a line opens, "" if it names none; nothing if it opens none.
std::optional<std::string> opened_article(std::string_view line);
bool closes_article(std::string_view line);

/// Whether a line is the title, whichever of the two is escaped for HTML.
bool is_title(std::string_view line, std::string_view title);

}  // namespace scoria
