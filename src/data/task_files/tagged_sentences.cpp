#include <fmt/core.h>

#include <algorithm>

#include "data/corpora/text_check.h"
#include "data/task_files/column_sentences.h"
#include "data/task_files/json_rows.h"
#include "data/task_files/line_text.h"
#include "scoria/error.h"

namespace scoria {
namespace {

/// The chosen member, or the first of the known ones that the object has.
std::string member_name(const nlohmann::json& object, const std::string& chosen,
                        std::initializer_list<const char*> known, std::string_view flag) {
  if (!chosen.empty()) return chosen;
  for (const char* name : known)
    if (object.contains(name)) return name;
  std::string has;
  for (const auto& [name, value] : object.items()) has += (has.empty() ? "" : ", ") + name;
  throw BadJsonRow{fmt::format("no member is known by its name, choose it with {}; it has {}", flag,
                               has.empty() ? "none" : excerpt(has, 200))};
}

TaggedSentence tagged_sentence(const nlohmann::json& object, const TaggedSentenceOptions& options) {
  TaggedSentence out;
  const TagColumns& columns = options.columns;
  out.words = strings_member(object, member_name(object, columns.words, {"tokens", "words"}, "--word-column"));
  if (out.words.empty()) throw BadJsonRow{"no words in it"};
  if (!options.tagged) return out;
  const std::string name = member_name(object, columns.tags, {"ner_tags", "tags", "labels"}, "--tag-column");
  out.tags = names_member(object, name);
  if (out.tags.size() != out.words.size())
    throw BadJsonRow{fmt::format("{} words and {} tags, expected one a word", out.words.size(), out.tags.size())};
  return out;
}

std::vector<TaggedSentence> read_json(TaskInput& input, const TaggedSentenceOptions& options, TaskFileReport& report) {
  RowTally tally(input, report, "sentences");
  std::vector<TaggedSentence> sentences;
  JsonRows rows(input, json_layout_or_lines(input.start()));
  while (rows.next()) {
    try {
      TaggedSentence sentence = tagged_sentence(rows.object(), options);
      sentence.line = rows.line();
      tally.add_good();
      sentences.push_back(std::move(sentence));
    } catch (const BadJsonRow& bad) {
      tally.leave_out(rows.line(), bad.why);
    }
  }
  tally.finish();
  return sentences;
}

bool is_json(const std::filesystem::path& path, const TaskInput& input, TaggedFileFormat format) {
  if (format != TaggedFileFormat::ByContent) return format == TaggedFileFormat::Json;
  if (is_named_json(path) || json_layout(input.start()) != JsonLayout::None) return true;
  check_text_is_meant("task file " + input.file(), input.start(),
                      "give --format columns if it has a word a line, or json if it is JSON");
  return false;
}

}  // namespace

std::vector<TaggedSentence> read_tagged_sentences(const std::filesystem::path& path,
                                                  const TaggedSentenceOptions& options, TaskFileReport& report) {
  TaskInput input(path, report);
  return is_json(path, input, options.format) ? read_json(input, options, report)
                                              : read_column_sentences(input, options, report);
}

}  // namespace scoria
