#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "data/corpora/json_documents.h"
#include "data/task_files/json_rows.h"
#include "data/task_files/line_text.h"
#include "data/task_files/task_input.h"
#include "scoria/error.h"

namespace scoria {
namespace {

std::vector<std::string_view> columns_of(std::string_view line) {
  const bool tabs = line.find('\t') != line.npos;
  std::vector<std::string_view> columns;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(tabs ? '\t' : ' '), line.size());
    if (tabs || end > 0) columns.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return columns;
}

/// Reads a column file line by line.
class ColumnFile {
 public:
  ColumnFile(TaskInput& input, const TaggedSentenceOptions& options, TaskFileReport& report)
      : input_(input), options_(options), tally_(input, report, "sentences") {}

  std::vector<TaggedSentence> read() {
    while (input_.next_line()) {
      const std::string_view text = trimmed(input_.text());
      if (text.empty() || text.starts_with("-DOCSTART-"))
        end_sentence();
      else
        add_word(columns_of(text));
    }
    end_sentence();
    tally_.finish();
    return std::move(sentences_);
  }

 private:
  void add_word(const std::vector<std::string_view>& columns) {
    if (column_count_ == 0) find_columns(columns);
    if (sentence_.line == 0) sentence_.line = input_.line();
    if (columns.size() != column_count_ && fault_.empty()) {
      fault_line_ = input_.line();
      fault_ = fmt::format("columns: expected {} as in the first line, got {}", column_count_, columns.size());
    }
    if (!fault_.empty()) return;
    sentence_.words.emplace_back(trimmed(columns[word_at_]));
    if (options_.tagged) sentence_.tags.emplace_back(trimmed(columns[tag_at_]));
  }

  void end_sentence() {
    if (!fault_.empty()) {
      tally_.leave_out(fault_line_, fault_);
    } else if (!sentence_.words.empty()) {
      tally_.add_good();
      sentences_.push_back(std::move(sentence_));
    }
    sentence_ = {};
    fault_.clear();
  }

  void find_columns(const std::vector<std::string_view>& columns) {
    column_count_ = columns.size();
    word_at_ = number(options_.columns.words, "--word-column", 1) - 1;
    if (!options_.tagged) return;
    if (column_count_ < 2)
      throw Error(ErrorKind::Input,
                  fmt::format("task file {}: one column, expected a word and its tag apart by a tab or "
                              "spaces; is it a CoNLL file?",
                              input_.place(input_.line())));
    tag_at_ = number(options_.columns.tags, "--tag-column", column_count_) - 1;
  }

  std::size_t number(const std::string& column, std::string_view flag, std::size_t otherwise) const {
    if (column.empty()) return otherwise;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(column.data(), column.data() + column.size(), number);
    if (error == std::errc() && end == column.data() + column.size() && number >= 1 && number <= column_count_)
      return number;
    throw Error(ErrorKind::Input, fmt::format("task file {}: there is no column {}; give {} a number from 1 to {}",
                                              input_.place(input_.line()), column, flag, column_count_));
  }

  TaskInput& input_;
  const TaggedSentenceOptions& options_;
  RowTally tally_;
  std::size_t column_count_ = 0, word_at_ = 0, tag_at_ = 0;
  TaggedSentence sentence_;
  std::string fault_;
  std::int64_t fault_line_ = 0;
  std::vector<TaggedSentence> sentences_;
};

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
  out.tags = strings_member(object, name);
  if (out.tags.size() != out.words.size())
    throw BadJsonRow{fmt::format("{} words and {} tags, expected one a word", out.words.size(), out.tags.size())};
  return out;
}

std::vector<TaggedSentence> read_json_lines(TaskInput& input, const TaggedSentenceOptions& options,
                                            TaskFileReport& report) {
  RowTally tally(input, report, "sentences");
  std::vector<TaggedSentence> sentences;
  while (input.next_line()) {
    if (trimmed(input.text()).empty()) continue;
    try {
      TaggedSentence sentence = tagged_sentence(parse_object(input.text()), options);
      sentence.line = input.line();
      tally.add_good();
      sentences.push_back(std::move(sentence));
    } catch (const BadJsonRow& bad) {
      tally.leave_out(input.line(), bad.why);
    }
  }
  tally.finish();
  return sentences;
}

}  // namespace

std::vector<TaggedSentence> read_tagged_sentences(const std::filesystem::path& path,
                                                  const TaggedSentenceOptions& options, TaskFileReport& report) {
  TaskInput input(path, report);
  if (is_named_json_lines(path) || starts_as_json_object(input.start())) return read_json_lines(input, options, report);
  return ColumnFile(input, options, report).read();
}

}  // namespace scoria
