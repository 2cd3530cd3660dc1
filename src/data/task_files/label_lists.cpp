#include "data/task_files/label_lists.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "data/task_files/json_rows.h"
#include "data/task_files/line_text.h"
#include "io/json.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Json = nlohmann::json;

std::string label_text(const Json& entry) {
  if (entry.is_string()) return std::string(trimmed(entry.get_ref<const std::string&>()));
  if (entry.is_boolean()) return entry.get<bool>() ? "1" : "0";
  if (entry.is_number_integer()) return entry.dump();
  if (entry.is_number() && std::rint(entry.get<double>()) == entry.get<double>() && std::abs(entry.get<double>()) < 1e9)
    return std::to_string(entry.get<std::int64_t>());
  throw BadJsonRow{fmt::format("a list of labels holds names, numbers of labels, or 0 and 1; got {}",
                               excerpt(entry.dump(-1, ' ', true)))};
}

/// Without an order of its own, and each once.
void drop_repetitions(std::vector<std::string>& labels) {
  std::vector<std::string> once;
  for (std::string& label : labels)
    if (std::ranges::find(once, label) == once.end()) once.push_back(std::move(label));
  labels = std::move(once);
}

bool are_flags(const std::vector<LabelledText>& rows) {
  const std::size_t count = rows.front().labels->size();
  const auto is_flag = [](const std::string& label) { return label == "0" || label == "1"; };
  return count > 1 && std::ranges::all_of(rows, [&](const LabelledText& row) {
           return row.labels->size() == count && std::ranges::all_of(*row.labels, is_flag);
         });
}

}  // namespace

std::vector<std::string> label_list(const Json& list) {
  std::vector<std::string> labels;
  for (const Json& entry : list) labels.push_back(label_text(entry));
  return labels;
}

bool is_written_list(std::string_view field) { return field.starts_with('[') && field.ends_with(']'); }

std::vector<std::string> written_label_list(std::string_view field) {
  std::string json(field);
  if (json.find('"') == json.npos) std::ranges::replace(json, '\'', '"');
  try {
    return label_list(parse_json(json, "the list of labels"));
  } catch (const Error& error) {
    throw BadJsonRow{error.what()};
  }
}

void settle_label_lists(std::vector<LabelledText>& rows) {
  if (rows.empty() || !rows.front().labels || rows.front().all_labels) return;
  if (!are_flags(rows)) {
    for (LabelledText& row : rows) drop_repetitions(*row.labels);
    return;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rows.front().labels->size(); ++i) names.push_back(std::to_string(i));
  const auto all = std::make_shared<const std::vector<std::string>>(names);
  for (LabelledText& row : rows) {
    std::vector<std::string> held;
    for (std::size_t i = 0; i < names.size(); ++i)
      if ((*row.labels)[i] == "1") held.push_back(names[i]);
    row.labels = std::move(held);
    row.all_labels = all;
  }
}

}  // namespace scoria
