#include "data/task_files/json_rows.h"

#include <fmt/core.h>

#include "io/json.h"
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

Json parse_object(std::string_view line) {
  try {
    Json value = parse_json(line, "the line");
    if (!value.is_object()) throw BadJsonRow{"a JSON object was expected"};
    return value;
  } catch (const Error& error) {
    throw BadJsonRow{error.what()};
  }
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

}  // namespace scoria
