#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "data/corpora/json_layout.h"
#include "data/task_files/task_input.h"
#include "io/json.h"

namespace scoria {

/// Why an object of a file does not serve.
struct BadJsonRow {
  std::string why;
};

/// The objects of a file, one after the other, wherever they stand.
class JsonRows {
 public:
  JsonRows(TaskInput& input, JsonLayout layout, const JsonLimits& limits = {.max_bytes = kMaxLineBytes})
      : input_(input), layout_(layout), limits_(limits) {}

  /// Goes to the next one, of line(); false behind the last. Throws Error (Input), with the place, where the brackets
  /// and commas around them are broken.
  bool next();
  std::int64_t line() const { return input_.line(); }
  /// The one in hand, strictly read (io/json.h). Throws BadJsonRow for what is none; where it does not stand on a line
  /// of its own, Error (Input) for what is no JSON: nothing behind it can be told apart.
  nlohmann::json object() const;

 private:
  bool next_line();
  void find_array();
  bool next_element();
  void skip_member();
  void expect(char c);
  [[noreturn]] void fail(std::string_view expected);

  TaskInput& input_;
  JsonLayout layout_;
  JsonLimits limits_;
  bool has_begun_ = false;
};

/// A member that is a string. Throws BadJsonRow, as the next ones do.
const std::string& string_member(const nlohmann::json& object, const std::string& name);

/// A member that is a list of strings.
std::vector<std::string> strings_member(const nlohmann::json& object, const std::string& name);

/// A member that is a list of strings, or of integers as their digits.
std::vector<std::string> names_member(const nlohmann::json& object, const std::string& name);

}  // namespace scoria
