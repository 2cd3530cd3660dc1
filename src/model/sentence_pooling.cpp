#include "scoria/model/sentence_pooling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "io/file.h"
#include "io/json.h"
#include "scoria/error.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
constexpr std::string_view kModeKey = "pooling_mode_";

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::Input, fmt::format("{}: {}; take a model with mean or [CLS] pooling", where, what));
}

SentencePooling::Mode mode_of(const std::string& name, const std::string& where) {
  if (name == "mean" || name == "mean_tokens") return SentencePooling::Mode::Mean;
  if (name == "cls" || name == "cls_token") return SentencePooling::Mode::Cls;
  refuse(where, fmt::format("pooling \"{}\" is not computed here", name));
}

// {"pooling_mode_mean_tokens": true, ...}: exactly one of them; or {"pooling_mode": "mean"}.
SentencePooling::Mode read_mode(const fs::path& path) {
  const std::string where = path.string();
  const Json fields = read_json(path);
  if (fields.is_object() && fields.contains("pooling_mode"))
    return mode_of(json_string(fields, "pooling_mode", where), where);
  std::string chosen;
  for (const auto& [key, value] : fields.items()) {
    if (!key.starts_with(kModeKey) || value != true) continue;
    if (!chosen.empty())
      refuse(where, fmt::format("two poolings at once, {} and {}", chosen, key.substr(kModeKey.size())));
    chosen = key.substr(kModeKey.size());
  }
  if (chosen.empty()) refuse(where, "no pooling is chosen");
  return mode_of(chosen, where);
}

// The last part of "sentence_transformers.models.Pooling"; packages move, classes keep their names.
std::string class_name(const std::string& type) { return type.substr(type.rfind('.') + 1); }

void apply_module(const Json& module, const fs::path& folder, const std::string& where, SentencePooling& pooling) {
  const std::string type = class_name(json_string(module, "type", where)), place = json_string(module, "path", where);
  if (type == "Normalize") {
    pooling.normalize = true;
  } else if (type == "Pooling") {
    if (!is_plain_file_name(place)) refuse(where, fmt::format("the path {} leaves the folder", Json(place).dump()));
    pooling.mode = read_mode(folder / place / "config.json");
  } else if (type != "Transformer") {
    refuse(where, fmt::format("module {} is not computed here", Json(type).dump()));
  } else if (!place.empty()) {
    refuse(where, fmt::format("the transformer lies in {}; give that folder", Json(place).dump()));
  }
}

}  // namespace

Tensor SentencePooling::weights(std::span<const std::int32_t> lengths, std::int64_t sequence_length) const {
  Tensor result(DType::f32, {static_cast<std::int64_t>(lengths.size()), sequence_length});
  const std::span<float> values = result.values<float>();
  for (std::size_t b = 0; b < lengths.size(); ++b) {
    const std::int32_t count = mode == Mode::Cls ? 1 : lengths[b];
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(b) * sequence_length, count,
                1.0f / static_cast<float>(count));
  }
  return result;
}

void SentencePooling::finish(std::span<float> vectors, std::int64_t hidden_size) const {
  if (!normalize) return;
  const auto n = static_cast<std::size_t>(hidden_size);
  for (std::size_t begin = 0; begin + n <= vectors.size(); begin += n) {
    const std::span<float> vector = vectors.subspan(begin, n);
    double squares = 0;
    for (const float x : vector) squares += static_cast<double>(x) * x;
    const double scale = squares > 0 ? 1.0 / std::sqrt(squares) : 0.0;
    for (float& x : vector) x = static_cast<float>(x * scale);
  }
}

std::optional<SentencePooling> load_sentence_pooling(const fs::path& folder) {
  const fs::path path = folder / "modules.json", lengths = folder / "sentence_bert_config.json";
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  const Json modules = read_json(path);
  if (!modules.is_array()) refuse(path.string(), "expected a list of modules");
  SentencePooling pooling;
  for (const Json& module : modules) apply_module(module, folder, path.string(), pooling);
  if (!fs::exists(lengths, error)) return pooling;
  const Json fields = read_json(lengths);
  if (fields.is_object() && fields.contains("max_seq_length") && !fields["max_seq_length"].is_null()) {
    pooling.max_sequence_length = json_integer(fields, "max_seq_length", lengths.string(), 1, 65536);
  }
  return pooling;
}

}  // namespace scoria
