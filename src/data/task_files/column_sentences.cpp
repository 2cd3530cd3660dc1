#include "data/task_files/column_sentences.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "data/task_files/column_lines.h"
#include "data/task_files/line_text.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Lines = std::vector<ColumnLine>;

/// Reads a column file sentence by sentence. The first ones wait until it is clear whether a column counts the words.
class ColumnFile {
 public:
  ColumnFile(TaskInput& input, const TaggedSentenceOptions& options, TaskFileReport& report)
      : input_(input), options_(options), report_(report), tally_(input, report, "sentences") {}

  std::vector<TaggedSentence> read() {
    while (input_.next_line()) {
      const std::string_view text = trimmed(input_.text());
      if (text.empty() || text.starts_with("-DOCSTART-"))
        end_sentence();
      else
        add_line(ColumnLine(input_.text(), input_.line()));
    }
    end_sentence();
    settle(false);
    tally_.finish();
    return std::move(sentences_);
  }

 private:
  void add_line(ColumnLine line) {
    if (is_comment(line)) return report_.comments.add(fmt::format("{}: {}", place(line), excerpt(line.text, 40)));
    if (column_count_ == 0) {
      column_count_ = line.columns.size();
      has_tabs_ = line.has_tabs;
      if (are_names_of_columns(line)) {
        report_.notes.push_back(
            fmt::format("task files: {}: it names the columns, \"{}\", and was passed over", place(line),
                        excerpt(line.text, 40)));
        return;
      }
    }
    if (line.columns.size() == column_count_ && !numbered_) tags_.insert(tag_of(line));
    lines_.push_back(std::move(line));
  }

  /// A line that begins with # and is no word with its tag. Comments stand before a sentence's words.
  bool is_comment(const ColumnLine& line) const {
    if (!line.text.starts_with('#') || !lines_.empty()) return false;
    if (numbered_ || (column_count_ != 0 && (line.columns.size() != column_count_ || line.has_tabs != has_tabs_)))
      return true;
    return line.columns.size() > 1 && !looks_like_tag(tag_of(line)) && !tags_.contains(tag_of(line));
  }

  const std::string& tag_of(const ColumnLine& line) const {
    return line.columns[is_settled_ && options_.tagged ? tag_at_ : line.columns.size() - 1];
  }

  void end_sentence() {
    if (lines_.empty()) return;
    if (is_settled_) return take(std::exchange(lines_, {}));
    waiting_.push_back(std::exchange(lines_, {}));
    if (are_numbered(waiting_.back())) return settle(true);
    if (waiting_.back().size() > 1) settle(false);
  }

  void settle(bool numbered) {
    if (std::exchange(is_settled_, true)) return;
    const bool has_room = column_count_ > (options_.tagged ? 2u : 1u);
    numbered_ = numbered && has_room && options_.columns.words.empty();
    if (!waiting_.empty()) find_columns(waiting_);
    for (const Lines& lines : std::exchange(waiting_, {})) take(lines);
  }

  void take(const Lines& lines) {
    TaggedSentence sentence;
    for (const ColumnLine& line : lines) {
      if (line.columns.size() != column_count_)
        return tally_.leave_out(line.number, fmt::format("columns: expected {} as in the first line, got {}",
                                                         column_count_, line.columns.size()));
      if (numbered_ && is_token_range_or_empty_node(line.columns.front())) {
        report_.comments.add(fmt::format("{}: {}", place(line), excerpt(line.text, 40)));
        continue;
      }
      if (sentence.line == 0) sentence.line = line.number;
      sentence.words.push_back(line.columns[word_at_]);
      if (options_.tagged) sentence.tags.push_back(line.columns[tag_at_]);
    }
    if (sentence.words.empty()) return;
    tally_.add_good();
    sentences_.push_back(std::move(sentence));
  }

  void find_columns(const std::vector<Lines>& sentences) {
    const ColumnLine& first = sentences.front().front();
    word_at_ = number(first, options_.columns.words, "--word-column", numbered_ ? 2 : 1) - 1;
    if (!options_.tagged) return;
    if (column_count_ < 2)
      throw Error(ErrorKind::Input,
                  fmt::format("task file {}: one column, expected a word and its tag apart by a tab or "
                              "spaces; is it a CoNLL file?",
                              place(first)));
    tag_at_ =
        number(first, options_.columns.tags, "--tag-column", numbered_ ? numbered_tag(sentences) : column_count_) - 1;
    if (numbered_)
      report_.notes.push_back(
          fmt::format("task files: {}: its first column counts the words; words are read from column "
                      "{} and tags from column {} (--word-column, --tag-column)",
                      input_.file(), word_at_ + 1, tag_at_ + 1));
  }

  /// From 1, of a file that counts its words: the first column behind the word that holds nothing but tags. GermEval
  /// has tags inside of tags behind it, Universal NER the annotator.
  std::size_t numbered_tag(const std::vector<Lines>& sentences) const {
    if (!options_.columns.tags.empty()) return 0;
    for (std::size_t at = 2; at < column_count_; ++at) {
      const auto is_tag = [&](const ColumnLine& line) {
        return line.columns.size() != column_count_ || is_token_range_or_empty_node(line.columns.front()) ||
               looks_like_tag(line.columns[at]);
      };
      if (std::ranges::all_of(sentences.back(), is_tag)) return at + 1;
    }
    throw Error(
        ErrorKind::Input,
        fmt::format("task file {}: none of its {} columns holds tags like O and B-PER; choose it with --tag-column",
                    place(sentences.front().front()), column_count_));
  }

  std::size_t number(const ColumnLine& line, const std::string& column, std::string_view flag,
                     std::size_t otherwise) const {
    if (column.empty()) return otherwise;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(column.data(), column.data() + column.size(), number);
    if (error == std::errc() && end == column.data() + column.size() && number >= 1 && number <= column_count_)
      return number;
    throw Error(ErrorKind::Input, fmt::format("task file {}: there is no column {}; give {} a number from 1 to {}",
                                              place(line), column, flag, column_count_));
  }

  std::string place(const ColumnLine& line) const { return input_.place(line.number); }

  TaskInput& input_;
  const TaggedSentenceOptions& options_;
  TaskFileReport& report_;
  RowTally tally_;
  std::size_t column_count_ = 0, word_at_ = 0, tag_at_ = 0;
  bool has_tabs_ = false;
  bool is_settled_ = false;  ///< it is known whether the first column counts, and with it the others
  bool numbered_ = false;
  std::set<std::string> tags_;  ///< that have come
  Lines lines_;                 ///< of the sentence in hand
  std::vector<Lines> waiting_;
  std::vector<TaggedSentence> sentences_;
};

}  // namespace

std::vector<TaggedSentence> read_column_sentences(TaskInput& input, const TaggedSentenceOptions& options,
                                                  TaskFileReport& report) {
  return ColumnFile(input, options, report).read();
}

}  // namespace scoria
