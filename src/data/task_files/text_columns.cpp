#include "data/task_files/text_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "data/task_files/line_text.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Names = std::vector<std::string>;
using Place = std::optional<std::size_t>;

struct KnownTexts {
  std::string_view text, pair;
};

// A file with one of the pairs often has a column of the single names too, hence the order.
constexpr KnownTexts kKnownTexts[] = {{"sentence1", "sentence2"},
                                      {"question1", "question2"},
                                      {"question", "sentence"},
                                      {"premise", "hypothesis"},
                                      {"question", "passage"},
                                      {"text_a", "text_b"},
                                      {"#1 string", "#2 string"},
                                      {"sentence", ""},
                                      {"text", ""},
                                      {"comment_text", ""},
                                      {"review", ""}};
// MNLI has label1 to label5 beside gold_label.
constexpr std::string_view kGoldLabel = "gold_label";
constexpr std::string_view kKnownLabels[] = {kGoldLabel, "label", "labels", "quality", "score", "is_duplicate"};

constexpr std::size_t kMaxNamesBytes = 400;

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

Place find_known(const Names& names, std::string_view known) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (lower(names[i]) == known) return i;
  return {};
}

bool is_number(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What is known, chosen and missing of one file's columns.
class ColumnSearch {
 public:
  ColumnSearch(const Names& names, const LabelledTextOptions& options, const std::string& file, bool is_table)
      : names_(names), columns_(options.columns), file_(file), labelled_(options.labelled), is_table_(is_table) {
    if (columns_.text.empty() && !columns_.pair.empty())
      throw Error(ErrorKind::Usage,
                  "a column for the pair's second text needs one for its first; give --text-column too");
    for (const KnownTexts& known : kKnownTexts) {
      known_.text = find_known(names, known.text).value_or(names.size());
      known_.pair = known.pair.empty() ? Place() : find_known(names, known.pair);
      if (known_.text < names.size() && (known.pair.empty() || known_.pair)) break;
      known_.text = names.size();
      known_.pair.reset();
    }
    for (const std::string_view label : kKnownLabels)
      if (!known_.label) known_.label = find_known(names, label);
  }

  bool knows_text() const { return known_.text < names_.size(); }
  bool knows_all() const {
    if (labelled_) return known_.label && (knows_text() || !columns_.text.empty());
    return knows_text();
  }
  bool is_any_named() const {
    const auto named = [](const std::string& name) { return !name.empty() && !is_number(name); };
    return named(columns_.text) || named(columns_.pair) || (labelled_ && named(columns_.label));
  }
  bool is_any_given() const { return !columns_.text.empty() || (labelled_ && !columns_.label.empty()); }

  TextPlaces places(bool has_header) const {
    TextPlaces places;
    places.has_header = has_header;
    places.text = has_header ? known_.text : names_.size();
    places.pair = columns_.text.empty() && has_header ? known_.pair : Place();
    if (!columns_.text.empty()) places.text = chosen(columns_.text, "--text-column");
    if (!columns_.pair.empty()) places.pair = chosen(columns_.pair, "--pair-column");
    if (places.text == names_.size()) fail("no text is known by its name; choose it", "--text-column");
    if (labelled_) find_labels(places, has_header);
    places.dash_is_none = has_header && places.label && lower(names_[*places.label]) == kGoldLabel;
    return places;
  }

 private:
  void find_labels(TextPlaces& places, bool has_header) const {
    if (columns_.label.empty()) {
      places.label = has_header ? known_.label : Place();
      if (!has_header) fail("no label is known by its name; choose it", "--label-column");
      return;
    }
    const bool is_list = columns_.label.find(',') != columns_.label.npos &&
                         std::find(names_.begin(), names_.end(), columns_.label) == names_.end();
    if (!is_list) {
      places.label = chosen(columns_.label, "--label-column");
      return;
    }
    for (std::string_view rest = columns_.label; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      places.labels.push_back(chosen(std::string(trimmed(rest.substr(0, comma))), "--label-column"));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }

  std::size_t chosen(const std::string& column, std::string_view flag) const {
    if (is_table_ && is_number(column)) {
      std::size_t number = 0;
      const auto [end, error] = std::from_chars(column.data(), column.data() + column.size(), number);
      if (error != std::errc() || number == 0 || number > names_.size())
        fail(fmt::format("there is no column {}", column), flag);
      return number - 1;
    }
    const auto found = std::find(names_.begin(), names_.end(), column);
    if (found == names_.end()) fail(fmt::format("there is no \"{}\"", column), flag);
    if (std::find(found + 1, names_.end(), column) != names_.end())
      fail(fmt::format("\"{}\" comes twice, choose it by number", column), flag);
    return static_cast<std::size_t>(found - names_.begin());
  }

  [[noreturn]] void fail(const std::string& what, std::string_view flag) const {
    const std::string_view how = is_table_ ? "its name, or its number from 1 if there is no header" : "its name";
    throw Error(ErrorKind::Input,
                fmt::format("task file {}: {} with {} ({}); its first row has: {}", file_, what, flag, how,
                            excerpt(fmt::format("{}", fmt::join(names_, " | ")), kMaxNamesBytes)));
  }

  const Names& names_;
  const TextColumns& columns_;
  const std::string& file_;
  bool labelled_, is_table_;
  TextPlaces known_;
};

/// A column that numbers the rows; pandas gives its index no name.
bool counts_rows(const std::string& name) {
  constexpr std::string_view kNames[] = {"", "id", "idx", "index", "unnamed: 0", "guid", "row"};
  return std::ranges::find(kNames, lower(name)) != std::end(kNames);
}

/// CoLA has no header: source, label, the author's mark, sentence.
bool is_cola(const Names& row) {
  return row.size() == 4 && (row[1] == "0" || row[1] == "1") && (row[2].empty() || row[2] == "*");
}

}  // namespace

TextPlaces find_table_columns(const Names& first_row, const LabelledTextOptions& options, const std::string& file) {
  const ColumnSearch search(first_row, options, file, true);
  const bool is_any_given = search.is_any_given();
  const bool has_header = search.is_any_named() || search.knows_all() || (!is_any_given && search.knows_text());
  if (!has_header && !is_any_given) {
    TextPlaces places;
    if (is_cola(first_row)) {
      places.text = 3;
      if (options.labelled) places.label = 1;
      return places;
    }
    if (!options.labelled && first_row.size() == 1) return places;
  }
  return search.places(has_header);
}

TextPlaces find_members(const Names& names, const LabelledTextOptions& options, const std::string& file) {
  return ColumnSearch(names, options, file, false).places(true);
}

std::optional<bool> truth_of(std::string_view value) {
  const std::string word = lower(std::string(trimmed(value)));
  if (word == "1" || word == "1.0" || word == "true") return true;
  if (word == "0" || word == "0.0" || word == "false") return false;
  return {};
}

void find_label_columns(TextPlaces& places, const Names& names, const std::vector<std::string>& first_row,
                        const std::string& file) {
  for (std::size_t i = 0; i < first_row.size() && i < names.size(); ++i)
    if (i != places.text && places.pair != i && !counts_rows(names[i]) && truth_of(first_row[i]))
      places.labels.push_back(i);
  if (places.labels.size() > 1) return;
  throw Error(
      ErrorKind::Input,
      fmt::format("task file {}: no label is known by its name; choose it with --label-column (and there are no two "
                  "columns of 0 and 1); its first row has: {}",
                  file, excerpt(fmt::format("{}", fmt::join(names, " | ")), kMaxNamesBytes)));
}

}  // namespace scoria
