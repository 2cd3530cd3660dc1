#pragma once

#include <filesystem>
#include <string_view>

namespace scoria {

/// How a file holds its objects.
enum class JsonLayout {
  None,       ///< it does not start as JSON does
  Lines,      ///< one a line
  Array,      ///< [{...}, {...}], over any number of lines
  DataArray,  ///< {"data": [{...}, {...}]}, with other members before or behind it: what datasets calls field="data"
  Sequence,   ///< one behind the other, each over any number of lines
};

/// Tells by a file's first bytes. JSON starts with {"...": or {}, [{ or []; hardly any text does.
JsonLayout json_layout(std::string_view start);

/// The same for a file that is called JSON: what does not start so is lines.
JsonLayout json_layout_or_lines(std::string_view start);

/// Whether a file is JSON by its name: *.jsonl, *.ndjson or *.json, also with .zst behind it.
bool is_named_json(std::filesystem::path path);

}  // namespace scoria
