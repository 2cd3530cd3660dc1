#include "model/stored_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace scoria {
namespace {

using Ends = std::pair<std::string_view, std::string_view>;

bool replace_end(std::string& text, const Ends& ends) {
  if (!text.ends_with(ends.first)) return false;
  text.replace(text.size() - ends.first.size(), ends.first.size(), ends.second);
  return true;
}

constexpr std::array<Ends, 2> kOldEnds{{{"LayerNorm.gamma", "LayerNorm.weight"}, {"LayerNorm.beta", "LayerNorm.bias"}}};
// After "/" has become ".".
constexpr std::array<Ends, 4> kTensorFlowEnds{{{".kernel", ".weight"},
                                               {"_embeddings", "_embeddings.weight"},
                                               {"output_weights", "weight"},
                                               {"output_bias", "bias"}}};

// run_classifier.py names its head's tensors at the top; run_squad.py's are a dense layer too.
bool is_tensorflow(std::string_view stored) {
  return stored.find('/') != std::string_view::npos || stored == "output_weights" || stored == "output_bias";
}

CurrentName from_tensorflow(std::string_view stored) {
  CurrentName current{std::string(stored), stored.ends_with("/kernel")};
  std::string& name = current.name;
  std::ranges::replace(name, '/', '.');
  if (const std::size_t layer = name.find(".layer_"); layer != std::string::npos) name[layer + 6] = '.';
  for (const Ends& ends : kOldEnds) replace_end(name, ends);
  for (const Ends& ends : kTensorFlowEnds) replace_end(name, ends);
  if (name == "weight" || name == "bias") name = "classifier." + name;
  if (constexpr std::string_view squad = "cls.squad."; name.starts_with(squad)) {
    name.replace(0, squad.size(), "qa_outputs.");
  }
  return current;
}

}  // namespace

CurrentName current_name(std::string_view stored) {
  if (is_tensorflow(stored)) return from_tensorflow(stored);
  constexpr std::string_view parallel = "module.";
  if (stored.starts_with(parallel)) stored.remove_prefix(parallel.size());
  CurrentName current{std::string(stored), false};
  for (const Ends& ends : kOldEnds) replace_end(current.name, ends);
  for (const std::string_view part : {"embeddings.", "encoder.", "pooler."}) {
    if (stored.starts_with(part)) current.name.insert(0, "bert.");
  }
  return current;
}

bool is_passed_over(std::string_view stored) {
  return stored.ends_with("embeddings.position_ids") || stored.ends_with("/adam_m") || stored.ends_with("/adam_v") ||
         stored == "global_step" || stored.find("LAMB") != std::string_view::npos;
}

}  // namespace scoria
