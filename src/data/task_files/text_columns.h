#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scoria/data/task_files.h"

namespace scoria {

/// Which of a row's fields are what.
struct TextPlaces {
  std::size_t text = 0;
  std::optional<std::size_t> pair, label;
  bool has_header = false;    ///< the row they were found in is one
  bool dash_is_none = false;  ///< the label "-" says that annotators did not agree
};

/// Finds the columns in a table's first row. `file` opens messages.
/// Throws Error (Input) listing the columns that there are, Error (Usage) for a pair without a text.
TextPlaces find_table_columns(const std::vector<std::string>& first_row, const LabelledTextOptions& options,
                              const std::string& file);

/// Finds the members among the names of a JSON object. Throws as find_table_columns.
TextPlaces find_members(const std::vector<std::string>& names, const LabelledTextOptions& options,
                        const std::string& file);

}  // namespace scoria
