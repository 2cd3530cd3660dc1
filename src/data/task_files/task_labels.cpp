#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "data/corpora/utf8_text.h"
#include "data/task_files/line_text.h"
#include "scoria/data/task_files.h"
#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::size_t kMaxNamesBytes = 300;

std::optional<std::int64_t> integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

bool is_integer(std::string_view text) { return integer(text).has_value(); }

/// Where a label is among the names.
class NameIndex {
 public:
  NameIndex(const std::vector<std::string>& names, std::string_view what, std::string_view file)
      : names_(names), what_(what), file_(file), has_numbers_(std::ranges::any_of(names, is_integer)) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto id = static_cast<std::int32_t>(i);
      exact_.emplace(names[i], id);
      const auto [at, is_new] = lower_.emplace(lower_case(names[i]), id);
      if (!is_new) at->second = kSeveral;
    }
  }

  std::int32_t at(const std::string& label, std::int64_t line) const {
    if (const auto found = exact_.find(label); found != exact_.end()) return found->second;
    if (const auto found = lower_.find(lower_case(label)); found != lower_.end() && found->second != kSeveral)
      return found->second;
    const std::optional<std::int64_t> number = has_numbers_ ? std::nullopt : integer(label);
    if (number && *number >= 0 && *number < static_cast<std::int64_t>(names_.size()))
      return static_cast<std::int32_t>(*number);
    throw Error(
        ErrorKind::Input,
        fmt::format("task file {} line {}: unknown {} \"{}\", expected one of {}{}; mend the row, or train with a file "
                    "that has it",
                    file_, line, what_, excerpt(label),
                    excerpt(fmt::format("{}", fmt::join(names_, ", ")), kMaxNamesBytes),
                    number && !names_.empty() ? fmt::format(", by number 0 to {}", names_.size() - 1) : ""));
  }

 private:
  static constexpr std::int32_t kSeveral = -1;
  const std::vector<std::string>& names_;
  std::string_view what_, file_;
  bool has_numbers_;  ///< a name is a number, so that a number is a name
  std::map<std::string_view, std::int32_t> exact_;
  std::map<std::string, std::int32_t> lower_;
};

std::set<std::string> lowered(const std::vector<std::string>& names) {
  std::set<std::string> lower;
  for (const std::string& name : names) lower.insert(lower_case(name));
  return lower;
}

/// Whether each of the names is one of the known ones; or is but for capitals, which no two of either differ by alone.
bool are_among(const std::vector<std::string>& names, const std::vector<std::string>& known) {
  const auto is_known = [&](const std::string& name) { return std::ranges::find(known, name) != known.end(); };
  if (std::ranges::all_of(names, is_known)) return true;
  const std::set<std::string> lower = lowered(names), known_lower = lowered(known);
  return lower.size() == names.size() && known_lower.size() == known.size() &&
         std::ranges::includes(known_lower, lower);
}

/// Whether they are the numbers from 0 to count - 1, in any order.
bool are_all_numbers(const std::vector<std::string>& names, std::size_t count) {
  std::set<std::int64_t> numbers;
  for (const std::string& name : names) numbers.insert(integer(name).value_or(-1));
  return names.size() == count && numbers.size() == count && *numbers.begin() == 0 &&
         *numbers.rbegin() == static_cast<std::int64_t>(count) - 1;
}

/// "B-PER" as (type "PER", prefix "B"); O, which has neither, comes first.
std::pair<std::string_view, std::string_view> type_and_prefix(std::string_view tag) {
  if (tag == "O") return {};
  if (tag.size() >= 2 && tag[1] == '-') return {tag.substr(2), tag.substr(0, 1)};
  return {tag, {}};
}

}  // namespace

bool has_label_lists(const std::vector<LabelledText>& rows) { return !rows.empty() && rows.front().labels.has_value(); }

std::vector<std::string> label_names(const std::vector<LabelledText>& rows) {
  if (!rows.empty() && rows.front().all_labels) return *rows.front().all_labels;
  std::set<std::string_view> seen;
  for (const LabelledText& row : rows) {
    if (row.labels)
      seen.insert(row.labels->begin(), row.labels->end());
    else
      seen.insert(row.label);
  }
  std::vector<std::string> names(seen.begin(), seen.end());
  if (std::ranges::all_of(names, is_integer))
    std::stable_sort(names.begin(), names.end(),
                     [](const std::string& a, const std::string& b) { return *integer(a) < *integer(b); });
  return names;
}

std::vector<std::string> in_known_order(std::vector<std::string> names, const std::vector<std::string>& known) {
  const bool are_known = !names.empty() && (are_among(names, known) || are_all_numbers(names, known.size()));
  return are_known ? known : std::move(names);
}

std::vector<std::int32_t> label_ids(const std::vector<LabelledText>& rows, const std::vector<std::string>& names,
                                    std::string_view file) {
  const NameIndex index(names, "label", file);
  std::vector<std::int32_t> ids;
  ids.reserve(rows.size());
  for (const LabelledText& row : rows) ids.push_back(index.at(row.label, row.line));
  return ids;
}

std::vector<std::vector<std::int32_t>> label_sets(const std::vector<LabelledText>& rows,
                                                  const std::vector<std::string>& names, std::string_view file) {
  const NameIndex index(names, "label", file);
  std::vector<std::vector<std::int32_t>> sets;
  sets.reserve(rows.size());
  for (const LabelledText& row : rows) {
    std::set<std::int32_t> ids;
    if (!row.labels) ids.insert(index.at(row.label, row.line));
    for (const std::string& label : row.labels.value_or(std::vector<std::string>()))
      ids.insert(index.at(label, row.line));
    sets.emplace_back(ids.begin(), ids.end());
  }
  return sets;
}

std::vector<float> label_scores(const std::vector<LabelledText>& rows, std::string_view file) {
  std::vector<float> scores;
  scores.reserve(rows.size());
  for (const LabelledText& row : rows) {
    float score = 0;
    const char* const end = row.label.data() + row.label.size();
    const auto [rest, error] = std::from_chars(row.label.data(), end, score);
    if (row.labels || error != std::errc() || rest != end || !std::isfinite(score))
      throw Error(
          ErrorKind::Input,
          fmt::format("task file {} line {}: the label {} is no number, which a regression needs; mend the "
                      "row, or choose another column with --label-column",
                      file, row.line, row.labels ? "is a list and" : fmt::format("\"{}\"", excerpt(row.label))));
    scores.push_back(score);
  }
  return scores;
}

bool are_numbers(const std::vector<TaggedSentence>& sentences) {
  return !sentences.empty() && std::ranges::all_of(sentences, [](const TaggedSentence& sentence) {
    return std::ranges::all_of(sentence.tags, is_integer);
  });
}

std::vector<std::string> tag_names(const std::vector<TaggedSentence>& sentences) {
  std::set<std::string_view> seen;
  for (const TaggedSentence& sentence : sentences) seen.insert(sentence.tags.begin(), sentence.tags.end());
  std::vector<std::string> names(seen.begin(), seen.end());
  std::stable_sort(names.begin(), names.end(),
                   [](const std::string& a, const std::string& b) { return type_and_prefix(a) < type_and_prefix(b); });
  return names;
}

std::vector<std::vector<std::int32_t>> tag_ids(const std::vector<TaggedSentence>& sentences,
                                               const std::vector<std::string>& names, std::string_view file) {
  const NameIndex index(names, "tag", file);
  std::vector<std::vector<std::int32_t>> ids;
  ids.reserve(sentences.size());
  for (const TaggedSentence& sentence : sentences) {
    std::vector<std::int32_t>& out = ids.emplace_back();
    for (const std::string& tag : sentence.tags) out.push_back(index.at(tag, sentence.line));
  }
  return ids;
}

}  // namespace scoria
