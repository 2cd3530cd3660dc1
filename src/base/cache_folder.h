#pragma once

#include <filesystem>

namespace scoria {

/// $XDG_CACHE_HOME/scoria, or ~/.cache/scoria; empty where neither is known. It may not exist yet.
std::filesystem::path cache_folder();

}  // namespace scoria
