#include "base/cache_folder.h"

#include <cstdlib>

namespace scoria {

std::filesystem::path cache_folder() {
  // The XDG base directory specification tells to ignore relative paths.
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache && *cache == '/') return std::filesystem::path(cache) / "scoria";
  const char* home = std::getenv("HOME");
  if (home && *home) return std::filesystem::path(home) / ".cache" / "scoria";
  return {};
}

}  // namespace scoria
