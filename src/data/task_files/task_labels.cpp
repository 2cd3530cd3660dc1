#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "data/task_files/line_text.h"
#include "scoria/data/task_files.h"
#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::size_t kMaxNamesBytes = 300;

using Ids = std::map<std::string_view, std::int32_t>;

std::optional<std::int64_t> integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

Ids ids_of(const std::vector<std::string>& names) {
  Ids ids;
  for (std::size_t i = 0; i < names.size(); ++i) ids.emplace(names[i], static_cast<std::int32_t>(i));
  return ids;
}

std::int32_t id_of(const std::string& label, const Ids& ids, const std::vector<std::string>& names,
                   std::string_view what, std::string_view file, std::int64_t line) {
  if (const auto found = ids.find(label); found != ids.end()) return found->second;
  throw Error(
      ErrorKind::Input,
      fmt::format("task file {} line {}: unknown {} \"{}\", expected one of {}; mend the row, or train with a file "
                  "that has it",
                  file, line, what, excerpt(label),
                  excerpt(fmt::format("{}", fmt::join(names, ", ")), kMaxNamesBytes)));
}

/// "B-PER" as (type "PER", prefix "B"); O, which has neither, comes first.
std::pair<std::string_view, std::string_view> type_and_prefix(std::string_view tag) {
  if (tag == "O") return {};
  if (tag.size() >= 2 && tag[1] == '-') return {tag.substr(2), tag.substr(0, 1)};
  return {tag, {}};
}

}  // namespace

std::vector<std::string> label_names(const std::vector<LabelledText>& rows) {
  std::set<std::string_view> seen;
  for (const LabelledText& row : rows) seen.insert(row.label);
  std::vector<std::string> names(seen.begin(), seen.end());
  if (std::all_of(names.begin(), names.end(), integer))
    std::stable_sort(names.begin(), names.end(),
                     [](const std::string& a, const std::string& b) { return *integer(a) < *integer(b); });
  return names;
}

std::vector<std::int32_t> label_ids(const std::vector<LabelledText>& rows, const std::vector<std::string>& names,
                                    std::string_view file) {
  const Ids known = ids_of(names);
  std::vector<std::int32_t> ids;
  ids.reserve(rows.size());
  for (const LabelledText& row : rows) ids.push_back(id_of(row.label, known, names, "label", file, row.line));
  return ids;
}

std::vector<float> label_scores(const std::vector<LabelledText>& rows, std::string_view file) {
  std::vector<float> scores;
  scores.reserve(rows.size());
  for (const LabelledText& row : rows) {
    float score = 0;
    const char* const end = row.label.data() + row.label.size();
    const auto [rest, error] = std::from_chars(row.label.data(), end, score);
    if (error != std::errc() || rest != end || !std::isfinite(score))
      throw Error(ErrorKind::Input,
                  fmt::format("task file {} line {}: the label \"{}\" is no number, which a regression needs; mend the "
                              "row, or choose another column with --label-column",
                              file, row.line, excerpt(row.label)));
    scores.push_back(score);
  }
  return scores;
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
  const Ids known = ids_of(names);
  std::vector<std::vector<std::int32_t>> ids;
  ids.reserve(sentences.size());
  for (const TaggedSentence& sentence : sentences) {
    std::vector<std::int32_t>& out = ids.emplace_back();
    for (const std::string& tag : sentence.tags) out.push_back(id_of(tag, known, names, "tag", file, sentence.line));
  }
  return ids;
}

}  // namespace scoria
