#include "io/model_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Json = nlohmann::json;
using enum ModelFile;
using enum KeyRule;

constexpr ModelKey kKeys[] = {
    {Config, "architectures", Honoured},
    {Config, "model_type", Refused, R"(["bert"])", "another kind of model; take a BERT"},
    {Config, "position_embedding_type", Refused, R"(["absolute"])", "relative positions are not computed here"},
    {Config, "is_decoder", Refused, "[false]", "causal attention is not computed here"},
    {Config, "add_cross_attention", Refused, "[false]", "cross-attention is not computed here"},
};

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 80 ? text.substr(0, 77) + "..." : text;
}

void refuse_unless_harmless(const ModelKey& known, const Json& value, const std::string& where) {
  const Json harmless = known.harmless.empty() ? Json::array() : Json::parse(known.harmless);
  if (value.is_null() || std::ranges::find(harmless, value) != harmless.end()) return;
  throw Error(ErrorKind::Input,
              fmt::format("{}: \"{}\" is {}: {}", where, known.key, shown(value), known.advice));
}

void tell_once(const std::string& where, const std::string& key) {
  static std::mutex mutex;
  static std::set<std::pair<std::string, std::string>> told;
  const std::lock_guard lock(mutex);
  if (!told.emplace(where, key).second) return;
  log(LogLevel::Warning,
      fmt::format("{}: \"{}\" is not known here and was passed over; see that it changes nothing", where, key));
}

}  // namespace

std::span<const ModelKey> model_keys() { return kKeys; }

void check_model_keys(ModelFile file, const Json& fields, const std::filesystem::path& path) {
  if (!fields.is_object()) return;
  for (const auto& [key, value] : fields.items()) {
    const auto* known = std::ranges::find_if(
        kKeys, [&, &name = key](const ModelKey& row) { return row.file == file && row.key == name; });
    if (known == std::end(kKeys))
      tell_once(path.string(), key);
    else if (known->rule == Refused)
      refuse_unless_harmless(*known, value, path.string());
  }
}

}  // namespace scoria
