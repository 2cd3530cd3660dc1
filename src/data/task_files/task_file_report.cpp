#include <fmt/core.h>

#include "scoria/data/task_files.h"

namespace scoria {

void CountedPlace::add(std::string_view place, std::uint64_t more) {
  if (count == 0) first = place;
  count += more;
}

std::vector<std::string> TaskFileReport::lines() const {
  std::vector<std::string> lines;
  const auto tell = [&](const CountedPlace& found, std::string_view one, std::string_view many) {
    if (found.count == 0) return;
    lines.push_back(
        fmt::format("task files: {} {}; first: {}", found.count, found.count == 1 ? one : many, found.first));
  };
  tell(invalid_utf8, "byte is not UTF-8, read as U+FFFD", "bytes are not UTF-8, read as U+FFFD");
  tell(nul_characters, "NUL character dropped", "NUL characters dropped");
  tell(rows_left_out, "row does not fit the others, left out", "rows do not fit the others, left out");
  tell(without_label, "row has no label, left out", "rows have no label, left out");
  tell(answers_moved, "answer is not at its answer_start, found elsewhere",
       "answers are not at their answer_start, found elsewhere");
  tell(answers_unplaced, "answer has no certain place, not for training",
       "answers have no certain place, not for training");
  tell(comments, "line is a comment, a range or an empty node, passed over",
       "lines are comments, ranges or empty nodes, passed over");
  lines.insert(lines.end(), notes.begin(), notes.end());
  return lines;
}

}  // namespace scoria
