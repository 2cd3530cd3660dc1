#include "data/task_files/column_lines.h"

#include <algorithm>
#include <iterator>

#include "data/task_files/line_text.h"

namespace scoria {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

// A line may begin with a tab, and then with an empty word; what blanks stand behind it are none of its columns.
ColumnLine::ColumnLine(std::string_view line, std::int64_t line_number)
    : text(line.substr(0, line.find_last_not_of(" \t\r\n\v\f") + 1)),
      has_tabs(text.find('\t') != text.npos),
      number(line_number) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(has_tabs ? '\t' : ' '), rest.size());
    if (has_tabs || end > 0) columns.emplace_back(trimmed(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

bool looks_like_tag(std::string_view tag) {
  constexpr std::string_view kPrefixes = "BIOESLUM";
  if (tag == "O") return true;
  return tag.size() >= 3 && kPrefixes.find(tag[0]) != kPrefixes.npos && (tag[1] == '-' || tag[1] == '_');
}

bool are_names_of_columns(const ColumnLine& line) {
  constexpr std::string_view kNames[] = {"id",    "idx",    "index", "sentence", "sentence_id", "sent_id", "word",
                                         "words", "token",  "tokens", "text",    "form",        "lemma",   "pos",
                                         "pos_tag", "chunk", "tag",   "tags",    "label",       "labels",  "ner",
                                         "ner_tag", "ner_tags", "entity", "iob", "bio"};
  const auto is_name = [&](std::string column) {
    for (char& c : column)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return std::ranges::find(kNames, column) != std::end(kNames);
  };
  return line.columns.size() > 1 && std::ranges::all_of(line.columns, is_name);
}

bool is_token_number(std::string_view column) { return is_digits(column); }

bool is_token_range_or_empty_node(std::string_view column) {
  const std::size_t at = column.find_first_of("-.");
  return at != column.npos && is_digits(column.substr(0, at)) && is_digits(column.substr(at + 1));
}

bool are_numbered(const std::vector<ColumnLine>& sentence) {
  std::size_t count = 0;
  for (const ColumnLine& line : sentence) {
    const std::string& first = line.columns.front();
    if (is_token_range_or_empty_node(first)) continue;
    if (first != std::to_string(++count)) return false;
  }
  return count > 1;
}

}  // namespace scoria
