#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/data/task_files.h"

namespace scoria {

/// Which of a row's fields are what.
struct TextPlaces {
  std::size_t text = 0;
  std::optional<std::size_t> pair, label;
  std::vector<std::size_t> labels;  ///< in place of `label`: each holds 0 or 1
  bool has_header = false;          ///< the row they were found in is one
  bool dash_is_none = false;        ///< the label "-" says that annotators did not agree
};

/// Finds the columns in a table's first row. `file` opens messages.
/// Throws Error (Input) listing the columns that there are, Error (Usage) for a pair without a text.
TextPlaces find_table_columns(const std::vector<std::string>& first_row, const LabelledTextOptions& options,
                              const std::string& file);

/// Finds the members among the names of a JSON object. Throws as find_table_columns.
TextPlaces find_members(const std::vector<std::string>& names, const LabelledTextOptions& options,
                        const std::string& file);

/// What a value of 0 or 1 says: 0, 1, 0.0, 1.0, true, false in any capitals; nothing for another.
std::optional<bool> truth_of(std::string_view value);

/// Where places has no label yet: every field of the first row, but text and pair, that holds 0 or 1. Throws Error
/// (Input) for less than two of them.
void find_label_columns(TextPlaces& places, const std::vector<std::string>& names,
                        const std::vector<std::string>& first_row, const std::string& file);

}  // namespace scoria
