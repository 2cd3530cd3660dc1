#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "support/temporary_folder.h"

namespace scoria {

/// A run's metrics.jsonl without the keys that a clock decides.
inline std::string metrics_without_times(const std::filesystem::path& run) {
  std::istringstream lines(file_bytes(run / "metrics.jsonl"));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    auto object = nlohmann::json::parse(line);
    for (const char* key : {"tokens_per_second", "sequences_per_second", "step_ms"}) object.erase(key);
    kept += object.dump() + "\n";
  }
  return kept;
}

}  // namespace scoria
