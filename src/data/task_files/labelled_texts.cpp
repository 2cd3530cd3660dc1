#include <fmt/core.h>

#include "data/corpora/json_documents.h"
#include "data/task_files/json_rows.h"
#include "data/task_files/line_text.h"
#include "data/task_files/table_rows.h"
#include "data/task_files/text_columns.h"

namespace scoria {
namespace {

TextFileFormat format_of(std::filesystem::path path, const TaskInput& input) {
  if (is_named_json_lines(path)) return TextFileFormat::JsonLines;
  if (path.extension() == ".zst") path = path.stem();
  if (path.extension() == ".csv") return TextFileFormat::Csv;
  if (path.extension() == ".tsv") return TextFileFormat::Tsv;
  return starts_as_json_object(input.start()) ? TextFileFormat::JsonLines : TextFileFormat::Tsv;
}

/// Keeps the rows that serve and counts the others.
class LabelledRows {
 public:
  LabelledRows(const TaskInput& input, TaskFileReport& report) : tally_(input, report, "rows") {}

  void add(LabelledText&& row, const TextPlaces& places) {
    if (places.label && (row.label.empty() || (places.dash_is_none && row.label == "-")))
      return tally_.add_unlabelled(row.line);
    tally_.add_good();
    rows_.push_back(std::move(row));
  }
  void leave_out(std::int64_t line, std::string_view why) { tally_.leave_out(line, why); }
  std::vector<LabelledText> finish() {
    tally_.finish();
    return std::move(rows_);
  }

 private:
  RowTally tally_;
  std::vector<LabelledText> rows_;
};

using NextRow = bool(TaskInput&, TableRow&);

std::vector<LabelledText> read_table(TaskInput& input, NextRow& next_row, const LabelledTextOptions& options,
                                     TaskFileReport& report) {
  LabelledRows rows(input, report);
  TableRow row;
  if (!next_row(input, row)) return rows.finish();
  std::vector<std::string> first = row.fields;
  for (std::string& name : first) name = trimmed(name);
  const TextPlaces places = find_table_columns(first, options, input.file());
  for (bool more = !places.has_header || next_row(input, row); more; more = next_row(input, row)) {
    if (row.fault.empty() && row.fields.size() != first.size())
      row.fault = fmt::format("columns: expected {} as in the first row, got {}", first.size(), row.fields.size());
    if (!row.fault.empty()) {
      rows.leave_out(row.line, row.fault);
      continue;
    }
    LabelledText out;
    out.first = row.fields[places.text];
    out.line = row.line;
    if (places.pair) out.second = row.fields[*places.pair];
    if (places.label) out.label = trimmed(row.fields[*places.label]);
    rows.add(std::move(out), places);
  }
  return rows.finish();
}

/// A label as its text; empty for null and for what is none.
std::string label_of(const nlohmann::json& value) {
  if (value.is_string()) return std::string(trimmed(value.get_ref<const std::string&>()));
  if (value.is_number() || value.is_boolean()) return value.dump();
  return {};
}

LabelledText labelled_text(const nlohmann::json& object, const std::vector<std::string>& names,
                           const TextPlaces& places) {
  LabelledText out;
  out.first = string_member(object, names[places.text]);
  if (places.pair) out.second = string_member(object, names[*places.pair]);
  if (!places.label) return out;
  const auto label = object.find(names[*places.label]);
  if (label != object.end()) out.label = label_of(*label);
  return out;
}

std::vector<LabelledText> read_json_lines(TaskInput& input, const LabelledTextOptions& options,
                                          TaskFileReport& report) {
  LabelledRows rows(input, report);
  std::optional<TextPlaces> places;
  std::vector<std::string> names;
  while (input.next_line()) {
    if (trimmed(input.text()).empty()) continue;
    try {
      const nlohmann::json object = parse_object(input.text());
      if (!places) {
        for (const auto& [name, value] : object.items()) names.push_back(name);
        places = find_members(names, options, input.file());
      }
      LabelledText out = labelled_text(object, names, *places);
      out.line = input.line();
      rows.add(std::move(out), *places);
    } catch (const BadJsonRow& bad) {
      rows.leave_out(input.line(), bad.why);
    }
  }
  return rows.finish();
}

}  // namespace

std::vector<LabelledText> read_labelled_texts(const std::filesystem::path& path, const LabelledTextOptions& options,
                                              TaskFileReport& report) {
  TaskInput input(path, report);
  switch (options.format == TextFileFormat::ByName ? format_of(path, input) : options.format) {
    case TextFileFormat::JsonLines:
      return read_json_lines(input, options, report);
    case TextFileFormat::Csv:
      return read_table(input, next_csv_row, options, report);
    default:
      return read_table(input, next_tsv_row, options, report);
  }
}

}  // namespace scoria
