#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace scoria {

/// Recorded data that is not part of the repository: the folder SCORIA_SHARED names, or "shared" beside the
/// source folder (tests run in the source folder). Tests of it say that they were skipped where it is missing.
inline std::filesystem::path shared_data(const std::string& name) {
  const char* folder = std::getenv("SCORIA_SHARED");
  return std::filesystem::path(folder ? folder : "../shared") / "data" / name;
}

inline bool has_shared_data(const std::string& name) { return std::filesystem::exists(shared_data(name)); }

/// Contents of an .xz file, by the xz program; empty where that is missing.
inline std::string unpacked(const std::filesystem::path& path) {
  const std::string command = "xz -dc '" + path.string() + "' 2>/dev/null";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  char block[65536];
  while (pipe) {
    const std::size_t got = std::fread(block, 1, sizeof block, pipe.get());
    if (got == 0) break;
    text.append(block, got);
  }
  return text;
}

/// Calls visit for each line that is not empty.
inline void each_line(const std::string& text, const std::function<void(const std::string&)>& visit) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) visit(text.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace scoria
