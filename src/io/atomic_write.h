#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.h"

namespace scoria {

/// Replaces a file so that a reader, or a machine that lost power, finds the old contents or the new, never a part:
/// a temporary file in the same folder is written; commit() syncs it, renames it over the path, and syncs the folder.
/// Without commit() the destructor removes what was written.
class PendingFile {
 public:
  explicit PendingFile(std::filesystem::path final_path);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  File& file() { return file_; }
  void commit();

 private:
  std::filesystem::path final_;
  File file_;
  bool committed_ = false;
};

/// A PendingFile, filled and committed.
void write_atomically(const std::filesystem::path& path, const std::function<void(File&)>& write_contents);
void write_atomically(const std::filesystem::path& path, std::string_view text);

/// A folder that appears whole or not at all. Files are written into path(), a temporary folder beside the final one;
/// commit() syncs each, writes manifest.json (name, size and XXH3-128 of each file) last, and renames the folder.
/// Without commit() the destructor removes what was written.
class PendingFolder {
 public:
  /// Makes "<final name>.tmp-<process id>".
  explicit PendingFolder(std::filesystem::path final_path);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;

  const std::filesystem::path& path() const { return temporary_; }
  /// Replaces a folder that already has the final name.
  void commit();

 private:
  std::filesystem::path final_;
  std::filesystem::path temporary_;
  bool committed_ = false;
};

/// What is wrong with a folder that PendingFolder wrote: "" if every file has the manifest's size and checksum,
/// else one line naming the file.
std::string folder_damage(const std::filesystem::path& folder);

/// The names a manifest lists, each file there and of the size it says; checksums are not looked at. Throws Error
/// (Input) where one is not, or there is no manifest.
std::vector<std::string> whole_files(const std::filesystem::path& folder);

/// Removes what processes that died left beside `folder/prefix*`: the "*.tmp-<process id>" of no living process.
void remove_abandoned(const std::filesystem::path& folder, std::string_view prefix);

}  // namespace scoria
