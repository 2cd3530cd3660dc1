#include "data/task_files/json_rows.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "data/task_files/line_text.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxShownBytes = 60;

[[noreturn]] void fail(const std::string& name, std::string_view expected, const Json* given) {
  std::string got = given ? given->dump(-1, ' ', true) : "nothing";
  if (got.size() > kMaxShownBytes) got = got.substr(0, kMaxShownBytes) + "...";
  throw BadJsonRow{fmt::format("\"{}\" must be {}, got {}", name, expected, got)};
}

const Json* find(const Json& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

bool JsonRows::next() {
  switch (layout_) {
    case JsonLayout::None:
    case JsonLayout::Lines:
      return next_line();
    case JsonLayout::Sequence:
      if (input_.peek() < 0) return false;
      break;
    case JsonLayout::Array:
    case JsonLayout::DataArray:
      if (!next_element()) return false;
  }
  input_.take_value(limits_.max_bytes);
  return true;
}

bool JsonRows::next_line() {
  while (input_.next_line())
    if (!trimmed(input_.text()).empty()) return true;
  return false;
}

/// Goes to the array's next element; behind the last one, to the file's end.
bool JsonRows::next_element() {
  if (!has_begun_) find_array();
  const bool is_first = !std::exchange(has_begun_, true);
  if (input_.peek() != ']') {
    if (!is_first) expect(',');
    if (input_.peek() < 0 || input_.peek() == ']') fail("a value");
    return true;
  }
  expect(']');
  if (layout_ == JsonLayout::DataArray) {
    while (input_.peek() == ',') skip_member();
    expect('}');
  }
  if (input_.peek() >= 0) fail("the end of the file");
  return false;
}

void JsonRows::find_array() {
  if (layout_ == JsonLayout::Array) return expect('[');
  expect('{');
  for (;;) {
    input_.take_value(limits_.max_bytes);
    const bool is_it = input_.text() == "\"data\"";
    expect(':');
    if (is_it) return expect('[');
    input_.take_value(limits_.max_bytes);
    expect(',');
  }
}

/// Behind a comma: a name, a colon and a value.
void JsonRows::skip_member() {
  expect(',');
  if (input_.peek() != '"') fail("'\"'");
  input_.take_value(limits_.max_bytes);
  expect(':');
  if (input_.peek() < 0) fail("a value");
  input_.take_value(limits_.max_bytes);
}

void JsonRows::expect(char c) {
  if (input_.peek() != c) fail(fmt::format("'{}'", c));
  input_.skip_byte();
}

void JsonRows::fail(std::string_view expected) {
  const int c = input_.peek();
  const std::string got = c < 0                  ? "the file ends"
                          : c > 0x20 && c < 0x7F ? fmt::format("'{}'", static_cast<char>(c))
                                                 : fmt::format("byte 0x{:02X}", c);
  throw Error(ErrorKind::Input,
              fmt::format("task file {}: its JSON is broken here: {}, expected {}; mend it, or get the "
                          "file again",
                          input_.place(line()), got, expected));
}

Json JsonRows::object() const {
  const bool is_line = layout_ == JsonLayout::Lines || layout_ == JsonLayout::None;
  Json value;
  try {
    value = parse_json(input_.text(), is_line ? "the line" : "the value", limits_);
  } catch (const Error& error) {
    if (is_line) throw BadJsonRow{error.what()};
    throw Error(ErrorKind::Input, fmt::format("task file {}: {}; mend it", input_.place(line()), error.what()));
  }
  if (!value.is_object()) throw BadJsonRow{"a JSON object was expected"};
  return value;
}

const std::string& string_member(const Json& object, const std::string& name) {
  const Json* value = find(object, name);
  if (!value || !value->is_string()) fail(name, "a string", value);
  return value->get_ref<const std::string&>();
}

std::vector<std::string> strings_member(const Json& object, const std::string& name) {
  const Json* value = find(object, name);
  if (!value || !value->is_array()) fail(name, "a list of strings", value);
  std::vector<std::string> strings;
  for (const Json& entry : *value) {
    if (!entry.is_string()) fail(name, "a list of strings", value);
    strings.push_back(entry.get_ref<const std::string&>());
  }
  return strings;
}

std::vector<std::string> names_member(const Json& object, const std::string& name) {
  const Json* value = find(object, name);
  if (!value || !value->is_array()) fail(name, "a list of strings or of integers", value);
  if (!std::ranges::all_of(*value, [](const Json& entry) { return entry.is_number_integer(); }))
    return strings_member(object, name);
  std::vector<std::string> names;
  for (const Json& entry : *value) names.push_back(entry.dump());
  return names;
}

}  // namespace scoria
