#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "scoria/train/trainer.h"

namespace scoria {

/// metrics.jsonl: an object a line, whole lines only, written as they come.
class MetricsFile {
 public:
  explicit MetricsFile(std::filesystem::path path) : path_(std::move(path)) {}

  void append(const nlohmann::ordered_json& object);
  /// Drops the lines of later steps, and what is not a whole line: a resumed run will write them again.
  void keep_up_to(std::int64_t step);
  /// Returns once the lines are on the medium: a checkpoint must not outlive the lines before it.
  void sync() const;

 private:
  std::filesystem::path path_;
};

nlohmann::ordered_json to_json(const StepRecord& record);
nlohmann::ordered_json to_json(const EvaluationRecord& record);

}  // namespace scoria
