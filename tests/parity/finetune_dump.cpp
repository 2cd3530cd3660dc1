// finetune_dump: runs one case of finetune_parity.py and writes everything that is compared.
//
//   finetune_dump DEVICE MODEL_FOLDER CASE.safetensors RESULT.safetensors STEPS LEARNING_RATE
//
// The case holds ids, segments [B, S] and lengths [B], i32; labels [B, labels] i32 (of tags [B, S]; of independent
// labels 0 or 1 for each) or scores [B] f32;
// where there are class weights, class_weights; and settings [3] i32: batch, accumulate, frozen layers. Written: loss
// and "gradient.NAME" of the first step, and "stepped.NAME", the weights after STEPS steps of AdamW.
#include <fmt/format.h>

#include <exception>
#include <numeric>
#include <string>
#include <vector>

#include "scoria/io/safetensors.h"
#include "train/fine_tuning_step.h"

namespace {

using namespace scoria;

template <typename T>
std::vector<T> values_of(const SafetensorsFile& file, const char* name) {
  if (!file.find(name)) return {};
  const Tensor tensor = file.read(name);
  return {tensor.values<T>().begin(), tensor.values<T>().end()};
}

std::vector<TaskExample> read_examples(const SafetensorsFile& file, BertHead head) {
  const auto ids = values_of<std::int32_t>(file, "ids"), segments = values_of<std::int32_t>(file, "segments");
  const auto lengths = values_of<std::int32_t>(file, "lengths"), labels = values_of<std::int32_t>(file, "labels");
  const auto scores = values_of<float>(file, "scores");
  const std::size_t B = lengths.size(), S = ids.size() / B, K = labels.size() / B;
  std::vector<TaskExample> examples(B);
  for (std::size_t b = 0; b < B; ++b) {
    const std::ptrdiff_t n = lengths[b], first = b * S, label = b * K;
    const std::ptrdiff_t label_count = head == BertHead::TokenClassification ? n : K;
    examples[b].ids.assign(ids.begin() + first, ids.begin() + first + n);
    examples[b].segments.assign(segments.begin() + first, segments.begin() + first + n);
    examples[b].labels.assign(labels.begin() + label, labels.begin() + label + label_count);
    if (!scores.empty()) examples[b].score = scores[b];
  }
  return examples;
}

Tensor gradients_of(const FineTuningStep& step) {
  return step.session().read(step.session().has("gradient_sum") ? "gradient_sum" : "gradients");
}

void dump(const char* device, const char* folder, const char* case_path, const char* result_path, int steps,
          float rate) {
  const BertModel model = load_bert(folder).model;
  const SafetensorsFile file(case_path);
  const std::vector<TaskExample> examples = read_examples(file, model.head);
  const auto chosen_settings = values_of<std::int32_t>(file, "settings");
  FineTunerOptions options;
  options.batch = chosen_settings[0];
  options.accumulate = chosen_settings[1];
  options.freeze_layers = chosen_settings[2];
  options.length_multiple = 1;  // as the peer pads
  options.class_weights = values_of<float>(file, "class_weights");
  TrainingSettings settings;
  settings.learning_rate = {rate, 0, steps, LearningRateOptions::Decay::Constant};
  settings.optimizer.eps = 1e-6f;
  FineTuningStep step(Device::open(device), model, examples, options, settings);

  std::vector<std::int32_t> all(examples.size());
  std::iota(all.begin(), all.end(), 0);
  Tensor loss, first_gradients;
  for (int i = 0; i < steps; ++i) {
    step.run(all, i);
    if (i > 0) continue;
    loss = Tensor::scalar(static_cast<float>(step.record().loss));
    first_gradients = gradients_of(step);
  }
  const Tensor stepped = step.session().read("parameters");
  std::vector<SafetensorsItem> items{{"loss", loss.desc(), loss.bytes()}};
  for (SafetensorsItem& item : parameter_items(model.layout, first_gradients.values<float>(), "gradient.")) {
    items.push_back(item);
  }
  for (SafetensorsItem& item : parameter_items(model.layout, stepped.values<float>(), "stepped.")) {
    items.push_back(item);
  }
  write_safetensors(result_path, items);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    fmt::print(stderr, "usage: finetune_dump DEVICE MODEL_FOLDER CASE.safetensors RESULT.safetensors STEPS RATE\n");
    return 1;
  }
  try {
    dump(argv[1], argv[2], argv[3], argv[4], std::stoi(argv[5]), std::stof(argv[6]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "finetune_dump: {}\n", error.what());
    return 2;
  }
}
