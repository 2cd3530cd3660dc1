#include "train/checkpoint.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "io/atomic_write.h"
#include "io/file.h"
#include "io/json.h"
#include "scoria/error.h"
#include "scoria/train/trainer.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kPrefix = "checkpoint-";
constexpr std::string_view kWeights = "model.safetensors";
constexpr std::string_view kMoments = "optimizer.safetensors";
constexpr std::string_view kTrainerState = "trainer_state.json";
constexpr const char* kOurs = "scoria";

std::optional<std::int64_t> checkpoint_step(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(kPrefix)) return {};
  std::int64_t step = 0;
  const char* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + kPrefix.size(), end, step);
  if (error != std::errc() || rest != end || step < 0) return {};
  return step;
}

void write_moments(const fs::path& path, const CheckpointContents& contents, const ParameterLayout& layout) {
  std::vector<SafetensorsItem> items = parameter_items(layout, contents.adam_m.values<float>(), "adam_m.");
  const std::vector<SafetensorsItem> second = parameter_items(layout, contents.adam_v.values<float>(), "adam_v.");
  items.insert(items.end(), second.begin(), second.end());
  write_safetensors(path.string(), items);
}

// The first keys are those of transformers' trainer_state.json.
nlohmann::json trainer_state(const CheckpointContents& contents) {
  return {{"global_step", contents.step},
          {"epoch", contents.epoch},
          {"max_steps", contents.settings.value("steps", std::int64_t{0})},
          {"log_history", contents.log_tail},
          {"best_metric", nullptr},
          {"best_model_checkpoint", nullptr},
          {kOurs,
           {{"format", 1},
            {"sequences_done", contents.sequences_done},
            {"skipped_steps", contents.skipped_steps},
            {"settings", contents.settings}}}};
}

// A folder is renamed before its files go, so that no moment shows half a checkpoint under its name.
void remove_checkpoint(const fs::path& folder) {
  const fs::path doomed = folder.string() + ".tmp-" + std::to_string(::getpid());
  std::error_code error;
  fs::rename(folder, doomed, error);
  if (!error) fs::remove_all(doomed, error);
}

void remove_older(const fs::path& out, const fs::path& written, int keep) {
  int kept = 1;
  for (const fs::path& folder : find_checkpoints(out)) {
    if (folder == written) continue;
    if (kept < keep && *checkpoint_step(folder) < *checkpoint_step(written)) {
      ++kept;
    } else {
      remove_checkpoint(folder);
    }
  }
}

// None where a checkpoint is older than the count.
std::array<std::uint32_t, 2> read_skipped_steps(const nlohmann::json& ours, const std::string& where) {
  if (!ours.contains("skipped_steps")) return {};
  const nlohmann::json& counts = ours["skipped_steps"];
  if (!counts.is_array() || counts.size() != 2 || !counts[0].is_number_unsigned() || !counts[1].is_number_unsigned()) {
    throw Error(ErrorKind::Input,
                fmt::format("{}: \"skipped_steps\" must be two counts, got {}", where, counts.dump()));
  }
  return {counts[0].get<std::uint32_t>(), counts[1].get<std::uint32_t>()};
}

Tensor read_arena(const SafetensorsFile& file, const ParameterLayout& layout, std::string_view prefix,
                  const fs::path& path) {
  Tensor arena(DType::f32, {layout.element_count()});
  const ParameterReport report = load_parameters(file, layout, arena.values<float>(), prefix);
  if (!report.complete()) {
    throw Error(ErrorKind::Input,
                fmt::format("{}: not of this model ({}); give the --model it was trained with, or another --out",
                            path.string(), report.to_string()));
  }
  return arena;
}

void check_vocabulary(const fs::path& folder, const Tokenizer& tokenizer) {
  const auto [name, text] = tokenizer.files().front();
  const fs::path path = folder / name;
  const bool has_added = !std::ranges::equal(Tokenizer::load(folder).added_tokens(), tokenizer.added_tokens());
  if (read_text(path, 1u << 30) != text || has_added) {
    throw Error(ErrorKind::Input,
                fmt::format("{}: not the vocabulary given now; resume with --vocab {}", path.string(), path.string()));
  }
}

}  // namespace

std::vector<fs::path> find_checkpoints(const fs::path& out) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(out, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_directory(error) && checkpoint_step(entry->path())) folders.push_back(entry->path());
  }
  std::sort(folders.begin(), folders.end(),
            [](const fs::path& a, const fs::path& b) { return *checkpoint_step(a) > *checkpoint_step(b); });
  return folders;
}

void prepare_run_folder(const fs::path& out, bool resume) {
  std::error_code error;
  fs::create_directories(out, error);
  if (error) throw_io_error("write", out, error.value());
  remove_abandoned(out, "");
  const fs::path probe = out / ".writable";
  write_atomically(probe, "");
  fs::remove(probe, error);
  const std::vector<fs::path> folders = find_checkpoints(out);
  if (!resume && !folders.empty()) {
    throw Error(ErrorKind::Usage,
                fmt::format("{} already holds a run, up to {}; give --resume to go on with it, or another --out",
                            out.string(), folders.front().filename().string()));
  }
}

fs::path write_checkpoint(const fs::path& out, const CheckpointContents& contents, const ParameterLayout& layout,
                          const std::string& config_json, const Tokenizer& tokenizer, std::int64_t max_positions,
                          int keep) {
  const fs::path folder = out / fmt::format("{}{}", kPrefix, contents.step);
  PendingFolder pending(folder);
  write_model_files(pending.path(), layout, contents.parameters, config_json);
  write_tokenizer_files(pending.path(), tokenizer, max_positions);
  write_moments(pending.path() / kMoments, contents, layout);
  write_atomically(pending.path() / kTrainerState, trainer_state(contents).dump(2) + "\n");
  pending.commit();
  if (const std::string damage = folder_damage(folder); !damage.empty()) {
    throw Error(ErrorKind::Io,
                fmt::format("{} does not read back as written: {}; check the disk", folder.string(), damage));
  }
  remove_older(out, folder, std::max(keep, 1));
  return folder;
}

CheckpointContents read_checkpoint(const fs::path& folder, const ParameterLayout& layout, const Tokenizer& tokenizer) {
  check_vocabulary(folder, tokenizer);
  const std::string where = (folder / kTrainerState).string();
  const nlohmann::json state = read_json(where);
  const nlohmann::json& ours = json_member(state, kOurs, where);
  json_integer(ours, "format", where, 1, 1);
  CheckpointContents contents;
  contents.step = json_integer(state, "global_step", where, 0, UINT32_MAX);
  contents.sequences_done = static_cast<std::uint64_t>(json_integer(ours, "sequences_done", where, 0, INT64_MAX));
  contents.skipped_steps = read_skipped_steps(ours, where);
  contents.settings = json_member(ours, "settings", where);
  for (const nlohmann::json& entry : json_member(state, "log_history", where)) contents.log_tail.push_back(entry);
  const SafetensorsFile weights((folder / kWeights).string()), moments((folder / kMoments).string());
  contents.parameters = read_arena(weights, layout, "", folder / kWeights);
  contents.adam_m = read_arena(moments, layout, "adam_m.", folder / kMoments);
  contents.adam_v = read_arena(moments, layout, "adam_v.", folder / kMoments);
  return contents;
}

void write_model_files(const fs::path& folder, const ParameterLayout& layout, const Tensor& parameters,
                       const std::string& config_json) {
  write_safetensors((folder / kWeights).string(), parameter_items(layout, parameters.values<float>()));
  write_atomically(folder / "config.json", config_json);
}

void write_tokenizer_files(const fs::path& folder, const Tokenizer& tokenizer, std::int64_t max_positions) {
  for (const auto& [name, text] : tokenizer.files(max_positions)) write_atomically(folder / name, text);
}

}  // namespace scoria
