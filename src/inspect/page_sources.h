#pragma once

#include <string_view>

namespace scoria {

/// The files of src/inspect/page, generated at build time.
extern const std::string_view kPageHtml;  ///< with places "{{title}}", "{{style}}", "{{data}}" and "{{script}}"
extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;  ///< the .js files, by name

}  // namespace scoria
