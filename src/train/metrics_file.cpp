#include "train/metrics_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "io/atomic_write.h"
#include "io/file.h"

namespace scoria {
namespace {

// The step of a line; -1 for what is no line of ours.
std::int64_t step_of(const std::string& line) {
  const auto object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("step") || !object["step"].is_number_integer()) return -1;
  return object["step"].get<std::int64_t>();
}

void erase_keys(nlohmann::ordered_json& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys) object.erase(key);
}

}  // namespace

void MetricsFile::append(const nlohmann::ordered_json& object) {
  // One write of one whole line: a process killed here leaves the line or nothing.
  const std::string line = object.dump() + "\n";
  const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor < 0) throw_io_error("write", path_, errno);
  const ssize_t written = ::write(descriptor, line.data(), line.size());
  const int error_number = written < 0 ? errno : ENOSPC;
  ::close(descriptor);
  if (written != static_cast<ssize_t>(line.size())) throw_io_error("write", path_, error_number);
}

void MetricsFile::sync() const {
  std::error_code error;
  if (std::filesystem::exists(path_, error)) File::open(path_).sync();
}

void MetricsFile::keep_up_to(std::int64_t step) {
  std::ifstream stream(path_, std::ios::binary);
  if (!stream) return;
  std::string kept, line;
  while (std::getline(stream, line) && !stream.eof()) {
    const std::int64_t line_step = step_of(line);
    if (line_step >= 0 && line_step <= step) kept += line + "\n";
  }
  write_atomically(path_, kept);
}

nlohmann::ordered_json to_json(const StepRecord& record) {
  nlohmann::ordered_json json{{"step", record.step},
                              {"loss", record.loss},
                              {"mlm_loss", record.mlm_loss},
                              {"nsp_loss", record.nsp_loss},
                              {"mlm_accuracy", record.mlm_accuracy},
                              {"nsp_accuracy", record.nsp_accuracy},
                              {"learning_rate", record.learning_rate},
                              {"grad_norm", record.grad_norm},
                              {"skipped_steps", record.skipped_steps},
                              {"tokens_per_second", record.tokens_per_second},
                              {"sequences_per_second", record.sequences_per_second},
                              {"step_ms", record.step_ms},
                              {"epoch", record.epoch}};
  if (!record.next_sentence) erase_keys(json, {"nsp_loss", "nsp_accuracy"});
  return json;
}

nlohmann::ordered_json to_json(const EvaluationRecord& record) {
  nlohmann::ordered_json json{{"step", record.step},
                              {"eval_loss", record.loss},
                              {"eval_mlm_loss", record.mlm_loss},
                              {"eval_nsp_loss", record.nsp_loss},
                              {"eval_mlm_accuracy", record.mlm_accuracy},
                              {"eval_nsp_accuracy", record.nsp_accuracy},
                              {"eval_sequences", record.sequences}};
  if (!record.next_sentence) erase_keys(json, {"eval_nsp_loss", "eval_nsp_accuracy"});
  return json;
}

}  // namespace scoria
