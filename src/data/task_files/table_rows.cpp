#include "data/task_files/table_rows.h"

#include <fmt/core.h>

#include "scoria/error.h"

namespace scoria {
namespace {

bool next_filled_line(TaskInput& input, TableRow& row) {
  row.fields.clear();
  row.fault.clear();
  do {
    if (!input.next_line()) return false;
  } while (input.text().empty());
  row.line = input.line();
  return true;
}

/// Takes a quoted field from behind its opening quote to behind the closing one, over as many lines as it has.
std::string take_quoted(TaskInput& input, std::string_view& rest, std::int64_t first_line) {
  std::string field;
  for (;;) {
    const std::size_t quote = rest.find('"');
    field.append(rest.substr(0, quote));
    if (quote != rest.npos) {
      rest.remove_prefix(quote + 1);
      if (!rest.starts_with('"')) return field;
      field += '"';
      rest.remove_prefix(1);
      continue;
    }
    field += '\n';
    if (field.size() > kMaxLineBytes || !input.next_line())
      throw Error(ErrorKind::Input,
                  fmt::format("task file {}: a quote opens here and does not close; write \"\" for a quote inside "
                              "quotes, or read the file without quoting (--format tsv)",
                              input.place(first_line)));
    rest = input.text();
  }
}

}  // namespace

bool next_tsv_row(TaskInput& input, TableRow& row) {
  if (!next_filled_line(input, row)) return false;
  std::string_view rest = input.text();
  for (std::size_t tab; (tab = rest.find('\t')) != rest.npos; rest.remove_prefix(tab + 1))
    row.fields.emplace_back(rest.substr(0, tab));
  row.fields.emplace_back(rest);
  return true;
}

bool next_csv_row(TaskInput& input, TableRow& row) {
  if (!next_filled_line(input, row)) return false;
  for (std::string_view rest = input.text();;) {
    std::string field;
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      field = take_quoted(input, rest, row.line);
      if (!rest.empty() && rest.front() != ',') row.fault = "text behind a closing quote, expected a comma";
    }
    const std::size_t comma = rest.find(',');
    field.append(rest.substr(0, comma));
    row.fields.push_back(std::move(field));
    if (comma == rest.npos) return true;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace scoria
