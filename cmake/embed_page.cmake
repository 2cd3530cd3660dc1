# Writes OUT, the files of the folder PAGE as C++ strings.

# A string literal may have 64 KiB only; an array of numbers has no limit.
function(embed_text name)
  set(numbers "")
  foreach(file ${ARGN})
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND numbers "${bytes}")
  endforeach()
  string(APPEND definitions "const unsigned char bytes_of_${name}[] = {${numbers}};\n")
  set(definitions "${definitions}" PARENT_SCOPE)
endfunction()

file(GLOB scripts ${PAGE}/*.js)
list(SORT scripts)
set(definitions "")
embed_text(html ${PAGE}/page.html)
embed_text(style ${PAGE}/page.css)
embed_text(script ${scripts})

file(WRITE ${OUT}.new
"// Generated from src/inspect/page by cmake/embed_page.cmake.

#include \"inspect/page_sources.h\"

namespace scoria {
namespace {

${definitions}
template <unsigned long n>
std::string_view text_of(const unsigned char (&bytes)[n]) {
  return {reinterpret_cast<const char*>(bytes), n};
}

}  // namespace

const std::string_view kPageHtml = text_of(bytes_of_html);
const std::string_view kPageStyle = text_of(bytes_of_style);
const std::string_view kPageScript = text_of(bytes_of_script);

}  // namespace scoria
")
file(RENAME ${OUT}.new ${OUT})
