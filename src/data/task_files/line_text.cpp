#include "data/task_files/line_text.h"

#include <algorithm>

#include "data/corpora/utf8_text.h"

namespace scoria {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\n\r\v\f";
  const std::size_t begin = std::min(text.find_first_not_of(kBlank), text.size());
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

std::string excerpt(std::string_view text, std::size_t longest) {
  const std::string_view start = text.substr(0, longest);
  std::string out(start.substr(0, size_of_whole_characters(start)));
  // Control characters: a message is one line, and a terminal must not obey a file.
  std::replace_if(
      out.begin(), out.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }, ' ');
  return out + (out.size() < text.size() ? "..." : "");
}

}  // namespace scoria
