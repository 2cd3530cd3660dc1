#include <fmt/core.h>

#include <algorithm>

#include "data/corpora/text_check.h"
#include "data/task_files/json_rows.h"
#include "data/task_files/label_lists.h"
#include "data/task_files/line_text.h"
#include "data/task_files/table_rows.h"
#include "data/task_files/text_columns.h"

namespace scoria {
namespace {

TextFileFormat format_of(std::filesystem::path path, const TaskInput& input) {
  if (is_named_json(path)) return TextFileFormat::Json;
  if (path.extension() == ".zst") path = path.stem();
  if (path.extension() == ".csv") return TextFileFormat::Csv;
  if (path.extension() == ".tsv") return TextFileFormat::Tsv;
  if (json_layout(input.start()) != JsonLayout::None) return TextFileFormat::Json;
  check_text_is_meant("task file " + input.file(), input.start(),
                      "give --format tsv or csv if it is a table, or json if it is JSON");
  return TextFileFormat::Tsv;
}

/// Keeps the rows that serve and counts the others.
class LabelledRows {
 public:
  LabelledRows(const TaskInput& input, TaskFileReport& report) : tally_(input, report, "rows") {}

  void add(LabelledText&& row, const TextPlaces& places) {
    const bool has_none = !row.labels && (row.label.empty() || (places.dash_is_none && row.label == "-"));
    if ((places.label || !places.labels.empty()) && has_none) return tally_.add_unlabelled(row.line);
    if (!rows_.empty() && rows_.front().labels.has_value() != row.labels.has_value())
      return leave_out(row.line, "a list of labels and a single one in one file");
    tally_.add_good();
    rows_.push_back(std::move(row));
  }
  void leave_out(std::int64_t line, std::string_view why) { tally_.leave_out(line, why); }
  std::vector<LabelledText> finish() {
    tally_.finish();
    settle_label_lists(rows_);
    return std::move(rows_);
  }

 private:
  RowTally tally_;
  std::vector<LabelledText> rows_;
};

using AllLabels = std::shared_ptr<const std::vector<std::string>>;

AllLabels names_at(const std::vector<std::string>& names, const std::vector<std::size_t>& places) {
  std::vector<std::string> chosen;
  for (const std::size_t place : places) chosen.push_back(names[place]);
  return std::make_shared<const std::vector<std::string>>(std::move(chosen));
}

/// Takes the labels out of fields of 0 and 1; -1 in all of them says that there is no label (toxic-comments' test set).
/// Throws BadJsonRow for another value.
template <typename FieldAt>
void take_flags(LabelledText& row, const TextPlaces& places, const AllLabels& names, const FieldAt& field_at) {
  std::vector<std::string> held;
  std::size_t unknown = 0;
  for (std::size_t i = 0; i < places.labels.size(); ++i) {
    const std::string value = field_at(places.labels[i]);
    const std::optional<bool> truth = truth_of(value);
    unknown += trimmed(value) == "-1" ? 1 : 0;
    if (!truth && unknown != i + 1)
      throw BadJsonRow{fmt::format("\"{}\" is {}, expected 0 or 1 (--label-column chooses the columns)", (*names)[i], excerpt(value))};
    if (truth.value_or(false)) held.push_back((*names)[i]);
  }
  if (unknown > 0 && unknown < places.labels.size()) throw BadJsonRow{"-1 in some columns of labels and not in others"};
  if (unknown > 0) return;
  row.labels = std::move(held);
  row.all_labels = names;
}

using NextRow = bool(TaskInput&, TableRow&);

/// The rows of a table, by the places that its first row tells.
class TableReader {
 public:
  TableReader(TaskInput& input, const LabelledTextOptions& options, TaskFileReport& report)
      : input_(input), options_(options), rows_(input, report) {}

  std::vector<LabelledText> read(NextRow& next_row) {
    TableRow row;
    if (!next_row(input_, row)) return rows_.finish();
    names_ = row.fields;
    for (std::string& name : names_) name = trimmed(name);
    places_ = find_table_columns(names_, options_, input_.file());
    for (bool more = !places_.has_header || next_row(input_, row); more; more = next_row(input_, row)) add(row);
    return rows_.finish();
  }

 private:
  void add(TableRow& row) {
    if (row.fault.empty() && row.fields.size() != names_.size())
      row.fault = fmt::format("columns: expected {} as in the first row, got {}", names_.size(), row.fields.size());
    if (!row.fault.empty()) return rows_.leave_out(row.line, row.fault);
    if (options_.labelled && !places_.label && places_.labels.empty())
      find_label_columns(places_, names_, row.fields, input_.file());
    if (!places_.labels.empty() && !all_labels_) all_labels_ = names_at(names_, places_.labels);
    try {
      rows_.add(text_of(row), places_);
    } catch (const BadJsonRow& bad) {
      rows_.leave_out(row.line, bad.why);
    }
  }

  LabelledText text_of(const TableRow& row) const {
    LabelledText out;
    out.first = row.fields[places_.text];
    out.line = row.line;
    if (places_.pair) out.second = row.fields[*places_.pair];
    if (!places_.labels.empty()) take_flags(out, places_, all_labels_, [&](std::size_t at) { return row.fields[at]; });
    if (!places_.label) return out;
    const std::string_view label = trimmed(row.fields[*places_.label]);
    if (is_written_list(label))
      out.labels = written_label_list(label);
    else
      out.label = label;
    return out;
  }

  TaskInput& input_;
  const LabelledTextOptions& options_;
  LabelledRows rows_;
  std::vector<std::string> names_;
  TextPlaces places_;
  AllLabels all_labels_;
};

/// A label as its text; empty for null and for what is none.
std::string label_of(const nlohmann::json& value) {
  if (value.is_string()) return std::string(trimmed(value.get_ref<const std::string&>()));
  if (value.is_number() || value.is_boolean()) return value.dump();
  return {};
}

/// The rows of JSON, by the places that the first object tells.
class JsonReader {
 public:
  JsonReader(TaskInput& input, const LabelledTextOptions& options, TaskFileReport& report)
      : input_(input), options_(options), rows_(input, report) {}

  std::vector<LabelledText> read() {
    JsonRows objects(input_, json_layout_or_lines(input_.start()));
    while (objects.next()) {
      try {
        const nlohmann::json object = objects.object();
        if (names_.empty()) find_places(object);
        LabelledText out = text_of(object);
        out.line = objects.line();
        rows_.add(std::move(out), places_);
      } catch (const BadJsonRow& bad) {
        rows_.leave_out(objects.line(), bad.why);
      }
    }
    return rows_.finish();
  }

 private:
  void find_places(const nlohmann::json& object) {
    std::vector<std::string> values;
    for (const auto& [name, value] : object.items()) {
      names_.push_back(name);
      values.push_back(label_of(value));
    }
    places_ = find_members(names_, options_, input_.file());
    if (options_.labelled && !places_.label && places_.labels.empty())
      find_label_columns(places_, names_, values, input_.file());
    if (!places_.labels.empty()) all_labels_ = names_at(names_, places_.labels);
  }

  LabelledText text_of(const nlohmann::json& object) const {
    LabelledText out;
    out.first = string_member(object, names_[places_.text]);
    if (places_.pair) out.second = string_member(object, names_[*places_.pair]);
    const auto value_at = [&](std::size_t at) {
      const auto value = object.find(names_[at]);
      return value == object.end() ? nlohmann::json() : *value;
    };
    if (!places_.labels.empty())
      take_flags(out, places_, all_labels_, [&](std::size_t at) { return label_of(value_at(at)); });
    if (!places_.label) return out;
    const nlohmann::json label = value_at(*places_.label);
    if (label.is_array())
      out.labels = label_list(label);
    else
      out.label = label_of(label);
    return out;
  }

  TaskInput& input_;
  const LabelledTextOptions& options_;
  LabelledRows rows_;
  std::vector<std::string> names_;
  TextPlaces places_;
  AllLabels all_labels_;
};

}  // namespace

std::vector<LabelledText> read_labelled_texts(const std::filesystem::path& path, const LabelledTextOptions& options,
                                              TaskFileReport& report) {
  TaskInput input(path, report);
  switch (options.format == TextFileFormat::ByName ? format_of(path, input) : options.format) {
    case TextFileFormat::Json:
      return JsonReader(input, options, report).read();
    case TextFileFormat::Csv:
      return TableReader(input, options, report).read(next_csv_row);
    default:
      return TableReader(input, options, report).read(next_tsv_row);
  }
}

}  // namespace scoria
