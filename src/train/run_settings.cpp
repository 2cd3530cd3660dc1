#include "train/run_settings.h"

#include <fmt/format.h>

#include <limits>

#include "scoria/error.h"

namespace scoria {
namespace {

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

void check_positive(std::string_view option, std::int64_t value, std::int64_t most) {
  if (value < 1 || value > most) {
    throw Error(ErrorKind::Usage, fmt::format("{} must be in 1..{}, got {}", option, most, value));
  }
}

// FNV-1a: enough to tell one plan from another.
std::string fingerprint(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return fmt::format("{:016x}", hash);
}

std::uint64_t free_bytes(const Device& device) {
  const DeviceInfo& info = device.info();
  return info.memory_free_bytes ? info.memory_free_bytes : info.memory_bytes;
}

std::int64_t largest_batch(const TrainerOptions& options, BertBatchShape shape, std::uint64_t available) {
  std::int64_t fits = 0, fails = shape.batch;
  while (fails - fits > 1) {
    shape.batch = fits + (fails - fits) / 2;
    (estimate_training_bytes(options.model, shape, options.accumulate) <= available ? fits : fails) = shape.batch;
  }
  return fits;
}

}  // namespace

void check_trainer_options(const TrainerOptions& options, std::int64_t sequence_length) {
  options.model.validate("model");
  check_positive("--steps", options.steps, std::numeric_limits<std::uint32_t>::max());
  check_positive("--batch", options.batch, 1 << 20);
  check_positive("--accumulate", options.accumulate, 1 << 20);
  check_positive("--log-every", options.log_every, std::numeric_limits<std::int64_t>::max());
  if (options.warmup_steps < 0 || options.warmup_steps > options.steps) {
    throw Error(ErrorKind::Usage,
                fmt::format("--warmup must be in 0..{} (--steps), got {}", options.steps, options.warmup_steps));
  }
  if (!(options.learning_rate > 0) || options.learning_rate > 10) {
    throw Error(ErrorKind::Usage, fmt::format("--lr must be above 0 and at most 10, got {}", options.learning_rate));
  }
  if (sequence_length > options.model.max_position_embeddings) {
    throw Error(ErrorKind::Usage, fmt::format("--seq-len must be at most the model's {} positions, got {}",
                                              options.model.max_position_embeddings, sequence_length));
  }
  // Token rows and dropout elements are numbered in 32 bits.
  const std::int64_t tokens = options.batch * sequence_length;
  if (tokens * options.accumulate > std::numeric_limits<std::int32_t>::max()) {
    throw Error(ErrorKind::Usage, fmt::format("a step of {} tokens passes 2^31; lower --batch or --accumulate",
                                              tokens * options.accumulate));
  }
}

void check_vocabulary_size(const TrainerOptions& options, const Tokenizer& tokenizer) {
  if (tokenizer.size() <= options.model.vocab_size) return;
  throw Error(ErrorKind::Input, fmt::format("the vocabulary has {} tokens, the model's vocab_size is {}; raise it or "
                                            "take a smaller vocabulary",
                                            tokenizer.size(), options.model.vocab_size));
}

void check_memory(const Device& device, const TrainerOptions& options, const BertBatchShape& shape) {
  const std::uint64_t available = free_bytes(device);
  if (available > 0 && estimate_training_bytes(options.model, shape, options.accumulate) > available) {
    throw_memory_error(device, options, shape);
  }
}

void throw_memory_error(const Device& device, const TrainerOptions& options, const BertBatchShape& shape) {
  const std::uint64_t needed = estimate_training_bytes(options.model, shape, options.accumulate);
  const std::uint64_t available = free_bytes(device);
  const std::int64_t fits = largest_batch(options, shape, available);
  const std::string advice =
      fits > 0 ? fmt::format("--batch {} would fit (now {}; --accumulate keeps the whole batch)", fits, shape.batch)
               : std::string("not even --batch 1 fits; take a smaller --model or a shorter --seq-len");
  throw Error(ErrorKind::Memory, fmt::format("training needs about {:.2f} GiB, {:.2f} GiB are free on {}; {}",
                                             needed / kGiB, available / kGiB, device.info().name, advice));
}

nlohmann::json run_settings(const TrainerOptions& options, const std::vector<BertBatchShape>& shapes,
                            const Device& device, const std::string& plan_text) {
  return {{"model", nlohmann::json::parse(options.model.to_json())},
          {"batch", options.batch},
          {"accumulate", options.accumulate},
          {"sequence_length", shapes.back().sequence_length},
          {"predictions", shapes.back().predictions},
          {"length_bins", shapes.size()},
          {"packed", options.packed},
          {"steps", options.steps},
          {"decay", static_cast<int>(options.decay)},
          {"learning_rate", options.learning_rate},
          {"warmup_steps", options.warmup_steps},
          {"beta1", options.optimizer.beta1},
          {"beta2", options.optimizer.beta2},
          {"eps", options.optimizer.eps},
          {"weight_decay", options.optimizer.weight_decay},
          {"bias_correction", options.optimizer.bias_correction},
          {"clip_norm", options.clip_norm},
          {"seed", options.seed},
          {"data", fmt::format("{:016x}", options.data_fingerprint)},
          {"device", device.info().name},
          {"driver", device.info().driver},
          {"plan", fingerprint(plan_text)}};
}

std::vector<std::string> changed_settings(const nlohmann::json& then, const nlohmann::json& now) {
  std::vector<std::string> changes;
  for (const auto& [key, value] : now.items()) {
    const nlohmann::json before = then.contains(key) ? then[key] : nlohmann::json();
    if (before == value) continue;
    changes.push_back(value.is_object() ? key : fmt::format("{}: {} then, {} now", key, before.dump(), value.dump()));
  }
  return changes;
}

}  // namespace scoria
