#include "model/stored_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "scoria/error.h"

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

constexpr std::string_view kCompiled = "_orig_mod.";
constexpr std::array<std::string_view, 4> kWrappers{kCompiled, "module.", "model.", "bert_model."};
constexpr std::string_view kWordTable = "embeddings.word_embeddings.weight", kEncoder = "bert.";

std::string unwrapped(std::string_view stored) {
  const auto wraps = [&](std::string_view wrapper) { return stored.starts_with(wrapper); };
  for (;;) {
    const auto* wrapper = std::ranges::find_if(kWrappers, wraps);
    if (wrapper == kWrappers.end()) break;
    stored.remove_prefix(wrapper->size());
  }
  std::string name(stored);
  for (std::size_t at = 0; (at = name.find(kCompiled, at)) != name.npos;) name.erase(at, kCompiled.size());
  return name;
}

// What stands before the word table, and so before all names of the model, where no wrapper of those above does.
std::string unknown_wrapper(std::span<const std::string> unwrapped, std::string_view where) {
  std::map<std::string, std::string> found;  // the wrapper, and a name that has it
  for (const std::string& name : unwrapped) {
    if (is_tensorflow(name) || !name.ends_with(kWordTable)) continue;
    std::string before = name.substr(0, name.size() - kWordTable.size());
    if (!before.empty() && !before.ends_with('.')) continue;
    if (before == kEncoder || before.ends_with(".bert.")) before.resize(before.size() - kEncoder.size());
    found.emplace(before, name);
  }
  if (found.size() > 1 && !found.contains("")) {
    throw Error(ErrorKind::Input, fmt::format("{} holds several models, as {} and {} show; save the one that is wanted",
                                              where, found.begin()->second, found.rbegin()->second));
  }
  return found.size() == 1 ? found.begin()->first : "";
}

CurrentName from_torch(std::string_view name) {
  CurrentName current{std::string(name), false};
  for (const Ends& ends : kOldEnds) replace_end(current.name, ends);
  for (const std::string_view part : {"embeddings.", "encoder.", "pooler."}) {
    if (name.starts_with(part)) current.name.insert(0, kEncoder);
  }
  return current;
}

}  // namespace

std::vector<CurrentName> current_names(std::span<const std::string> stored, std::string_view where) {
  std::vector<std::string> names;
  names.reserve(stored.size());
  for (const std::string& name : stored) names.push_back(is_tensorflow(name) ? name : unwrapped(name));
  const std::string wrapper = unknown_wrapper(names, where);
  std::vector<CurrentName> current;
  current.reserve(names.size());
  for (const std::string& name : names) {
    if (is_tensorflow(name)) {
      current.push_back(from_tensorflow(name));
    } else {
      const std::size_t begin = name.starts_with(wrapper) ? wrapper.size() : 0;
      current.push_back(from_torch(std::string_view(name).substr(begin)));
    }
  }
  return current;
}

bool is_passed_over(std::string_view stored) {
  return stored.ends_with("embeddings.position_ids") || stored.ends_with("embeddings.token_type_ids") ||
         stored.ends_with("/adam_m") || stored.ends_with("/adam_v") || stored == "global_step" ||
         stored.find("LAMB") != std::string_view::npos;
}

}  // namespace scoria
