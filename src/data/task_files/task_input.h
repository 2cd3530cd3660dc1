#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "data/corpora/input_bytes.h"
#include "scoria/data/task_files.h"

namespace scoria {

/// A task file's text: valid UTF-8 without NUL, as lines or whole. What it mends goes to the report.
class TaskInput {
 public:
  /// Opens the file. Throws Error (Input) where it is missing, empty or no text.
  TaskInput(const std::filesystem::path& path, TaskFileReport& report);

  /// "dev.tsv", or "standard input".
  const std::string& file() const { return file_; }
  /// "dev.tsv line 7".
  std::string place(std::int64_t line) const;
  /// The first bytes of the file.
  std::string_view start() const { return bytes_->unread(); }

  /// Goes to the next line; false at the end. Throws Error (Input) for a line of more than kMaxLineBytes.
  bool next_line();
  /// The line in hand, without its end; valid until the next call.
  std::string_view text() const { return text_; }
  std::int64_t line() const { return line_; }

  /// JSON over any number of lines, in place of next_line(): the next byte that is not blank, not taken; -1 at the end.
  int peek();
  void skip_byte();
  /// Takes a value whole, by its brackets and quotes: text() is it, line() the line that it begins in. Whether it is
  /// JSON is not looked at. Throws Error (Input) above max_bytes.
  void take_value(std::size_t max_bytes);

 private:
  void mend(std::string_view raw, std::string& out);
  bool refill();

  std::string file_;
  TaskFileReport& report_;
  CorpusReport findings_;  ///< of the layers below
  std::unique_ptr<InputBytes> bytes_;
  std::string text_;
  std::int64_t line_ = 0;
  std::int64_t lines_before_ = 0;  ///< line ends that peek() and take_value() have stepped over
};

inline constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;

/// Counts the rows of a file and what does not fit among them.
class RowTally {
 public:
  /// `what` names rows in messages: "rows".
  RowTally(const TaskInput& input, TaskFileReport& report, std::string_view what)
      : input_(input), report_(report), what_(what) {}

  void add_good() { ++good_; }
  void leave_out(std::int64_t line, std::string_view why);
  void add_unlabelled(std::int64_t line);
  /// Throws Error (Input) if more than one row in 100 was left out, or none is good.
  void finish() const;

 private:
  const TaskInput& input_;
  TaskFileReport& report_;
  std::string what_, first_;
  std::uint64_t good_ = 0, left_out_ = 0, unlabelled_ = 0;
};

}  // namespace scoria
