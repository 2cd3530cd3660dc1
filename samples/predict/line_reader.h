#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/file.h"

struct Line {
  std::string text;  ///< without its end, LF or CRLF
  std::uint64_t number = 1;
  bool is_too_long = false;  ///< more than 16 MiB, which are passed over: the text is empty
};

/// Lines of a file or of standard input, as they come.
class LineReader {
 public:
  /// "": standard input.
  explicit LineReader(const std::filesystem::path& path);

  /// At most `most` lines, none at the end, or where a signal asked to stop. Waits for the first, not for others.
  std::vector<Line> next(std::size_t most);

  std::string name() const;
  /// How much of the file was read; 0 where its size is not known.
  double fraction() const;

 private:
  bool take_line(Line& line);
  bool read_more();
  bool wait_for_input() const;
  bool has_more() const;

  std::optional<scoria::File> file_;
  int descriptor_;
  std::string pending_;  // what was read; up to begin_ it was handed out, up to searched_ there is no line end
  std::size_t begin_ = 0, searched_ = 0;
  std::uint64_t lines_ = 0, bytes_read_ = 0;
  bool at_end_ = false, is_too_long_ = false;
};
