#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/task_files/task_input.h"

namespace scoria {

struct TableRow {
  std::vector<std::string> fields;
  std::int64_t line = 0;  ///< that it starts in
  std::string fault;      ///< why its fields cannot be told apart; empty if they can
};

/// The next row of columns apart by tabs, without quoting; lines that are empty are passed over. False at the end.
bool next_tsv_row(TaskInput& input, TableRow& row);

/// The same for RFC 4180. A quote inside a field that does not start with one is a character. Throws Error (Input) for
/// quotes that never close, or not within 16 MiB.
bool next_csv_row(TaskInput& input, TableRow& row);

}  // namespace scoria
