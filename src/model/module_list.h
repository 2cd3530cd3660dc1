#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace scoria {

/// An entry of modules.json.
struct ModuleEntry {
  std::string type;    ///< "sentence_transformers.models.Pooling"
  std::string folder;  ///< a plain name, or "": the folder of modules.json itself

  /// "Pooling": packages move, classes keep their names.
  std::string class_name() const { return type.substr(type.rfind('.') + 1); }
  /// Not code of the model's own.
  bool is_known_code() const { return type.starts_with("sentence_transformers."); }
};

/// The modules of a sentence-transformers folder, in order; none without modules.json. Throws Error (Input) for
/// anything but a list of modules, and for a path that leaves the folder.
std::optional<std::vector<ModuleEntry>> read_module_list(const std::filesystem::path& folder);

/// Where the transformer of a folder lies: the folder itself, or as before sentence-transformers 2.0 one inside it
/// ("0_Transformer").
std::filesystem::path transformer_folder(const std::filesystem::path& folder);

/// The folder of modules.json, for its transformer's folder too; none where neither it nor the one above it has one.
std::optional<std::filesystem::path> module_list_folder(const std::filesystem::path& folder);

}  // namespace scoria
