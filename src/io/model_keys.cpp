#include "io/model_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "io/config_keys.h"
#include "io/sentence_keys.h"
#include "io/tokenizer_keys.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Json = nlohmann::json;
using enum ModelFile;
using enum KeyRule;

std::vector<ModelKey> all_keys() {
  std::vector<ModelKey> keys;
  const auto add = [&](std::span<const ModelKey> rows) { std::ranges::copy(rows, std::back_inserter(keys)); };
  const auto add_inert = [&](ModelFile file, std::span<const std::string_view> names) {
    for (const std::string_view name : names) keys.push_back({file, name, Inert});
  };
  add(kConfigKeys);
  add_inert(Config, kInertOfRunning);
  add_inert(Config, kInertOfDecoders);
  add_inert(Config, kInertOfOthers);
  add_inert(GenerationConfig, kInertOfGenerating);
  add(kTokenizerKeys);
  add(kSentenceKeys);
  return keys;
}

const ModelKey* find_key(ModelFile file, std::string_view key) {
  const std::span<const ModelKey> keys = model_keys();
  const auto is_it = [&](const ModelKey& row) { return row.file == file && row.key == key; };
  const auto found = std::ranges::find_if(keys, is_it);
  if (found != keys.end()) return &*found;
  // Before there was a file for them, they stood in config.json.
  return file == Config ? find_key(GenerationConfig, key) : nullptr;
}

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 80 ? text.substr(0, 77) + "..." : text;
}

void refuse_unless_harmless(const ModelKey& known, const Json& value, const std::string& where) {
  const Json harmless = known.harmless.empty() ? Json::array() : Json::parse(known.harmless);
  if (value.is_null() || std::ranges::find(harmless, value) != harmless.end()) return;
  throw Error(ErrorKind::Input, fmt::format("{}: \"{}\" is {}: {}", where, known.key, shown(value), known.advice));
}

void tell_once(const std::string& where, const std::string& key) {
  static std::mutex mutex;
  static std::set<std::pair<std::string, std::string>> told;
  const std::lock_guard lock(mutex);
  if (!told.emplace(where, key).second) return;
  log(LogLevel::Warning,
      fmt::format("{}: {} is not known here and was passed over; see that it changes nothing", where, shown(key)));
}

}  // namespace

std::span<const ModelKey> model_keys() {
  static const std::vector<ModelKey> keys = all_keys();
  return keys;
}

void check_model_keys(ModelFile file, const Json& fields, const std::filesystem::path& path) {
  if (!fields.is_object()) return;
  for (const auto& [key, value] : fields.items()) {
    const ModelKey* known = find_key(file, key);
    if (!known)
      tell_once(path.string(), key);
    else if (known->rule == Refused)
      refuse_unless_harmless(*known, value, path.string());
  }
}

}  // namespace scoria
