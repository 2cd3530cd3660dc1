#include "data/corpora/article_marks.h"

#include <algorithm>
#include <utility>

namespace scoria {
namespace {

constexpr std::string_view kOpening = "<doc ", kClosing = "</doc>", kBlank = " \t\r\v\f";

std::string_view trimmed(std::string_view line) {
  const std::size_t begin = std::min(line.find_first_not_of(kBlank), line.size());
  return line.substr(begin, line.find_last_not_of(kBlank) + 1 - begin);
}

std::string without_escapes(std::string_view text) {
  static constexpr std::pair<std::string_view, char> kEscapes[] = {{"&amp;", '&'},  {"&lt;", '<'},   {"&gt;", '>'},
                                                                   {"&quot;", '"'}, {"&#39;", '\''}, {"&#x27;", '\''}};
  std::string out;
  while (!text.empty()) {
    const auto* escape = std::ranges::find_if(kEscapes, [&](const auto& e) { return text.starts_with(e.first); });
    const bool is_escape = escape != std::end(kEscapes);
    out += is_escape ? escape->second : text.front();
    text.remove_prefix(is_escape ? escape->first.size() : 1);
  }
  return out;
}

}  // namespace

bool starts_as_article(std::string_view start) {
  start.remove_prefix(std::min(start.find_first_not_of(" \t\r\n\v\f"), start.size()));
  return start.starts_with(kOpening);
}

bool may_be_article_mark(std::string_view line_start) {
  return kOpening.starts_with(line_start.substr(0, kOpening.size())) ||
         kClosing.starts_with(line_start.substr(0, kClosing.size()));
}

std::optional<std::string> opened_article(std::string_view line) {
  line = trimmed(line);
  if (!line.starts_with(kOpening) || !line.ends_with('>')) return {};
  // A title may hold quotes of its own: it ends with the last one of the line. Other attributes may stand behind it.
  constexpr std::string_view kTitle = "title=\"";
  const std::size_t begin = line.find(kTitle);
  if (begin == line.npos) return std::string();
  std::string_view rest = line.substr(begin + kTitle.size());
  const std::size_t next = std::min(rest.find("\" language=\""), rest.find("\" revision=\""));
  rest = rest.substr(0, next != rest.npos ? next : rest.rfind('"'));
  return std::string(rest);
}

bool closes_article(std::string_view line) { return trimmed(line) == kClosing; }

bool is_title(std::string_view line, std::string_view title) {
  return !title.empty() && without_escapes(trimmed(line)) == without_escapes(trimmed(title));
}

}  // namespace scoria
