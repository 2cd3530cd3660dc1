#include "model/module_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "io/file.h"
#include "io/json.h"
#include "io/model_keys.h"
#include "scoria/error.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
constexpr const char* kFile = "modules.json";

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::Input, fmt::format("{}: {}", where, what));
}

ModuleEntry read_entry(const Json& module, const fs::path& path) {
  const std::string where = path.string();
  check_model_keys(ModelFile::Modules, module, path);
  const std::string type = json_string(module, "type", where), folder = json_string(module, "path", where);
  if (!folder.empty() && !is_plain_file_name(folder))
    refuse(where, fmt::format("the path {} leaves the folder; expected the name of a folder beside the file",
                              Json(folder).dump()));
  return {type, folder};
}

const ModuleEntry* find_transformer(const std::vector<ModuleEntry>& modules) {
  const auto found = std::ranges::find(modules, "Transformer", &ModuleEntry::class_name);
  return found == modules.end() ? nullptr : &*found;
}

}  // namespace

std::optional<std::vector<ModuleEntry>> read_module_list(const fs::path& folder) {
  const fs::path path = folder / kFile;
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  const Json modules = read_json(path);
  if (!modules.is_array()) refuse(path.string(), "expected a list of modules");
  std::vector<ModuleEntry> entries;
  std::set<std::string> names;
  for (const Json& module : modules) {
    entries.push_back(read_entry(module, path));
    const std::string name = module.contains("name") ? module["name"].dump() : std::to_string(entries.size());
    // The last of them would take the place of the first.
    if (!names.insert(name).second) refuse(path.string(), fmt::format("two modules are called {}", name));
  }
  return entries;
}

fs::path transformer_folder(const fs::path& folder) {
  const std::optional<std::vector<ModuleEntry>> modules = read_module_list(folder);
  const ModuleEntry* transformer = modules ? find_transformer(*modules) : nullptr;
  return transformer && !transformer->folder.empty() ? folder / transformer->folder : folder;
}

std::optional<fs::path> module_list_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / kFile, error)) return folder;
  const fs::path whole = fs::absolute(folder / ".").lexically_normal().parent_path();  // without a last "/"
  const fs::path above = whole.parent_path();
  const std::optional<std::vector<ModuleEntry>> modules = read_module_list(above);
  const ModuleEntry* transformer = modules ? find_transformer(*modules) : nullptr;
  if (!transformer || transformer->folder != whole.filename().string()) return {};
  return above;
}

}  // namespace scoria
