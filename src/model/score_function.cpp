#include "model/score_function.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "io/json.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Json = nlohmann::json;

struct FunctionRow {
  ScoreFunction function;
  std::string_view name, path;
};

constexpr std::array<FunctionRow, 4> kFunctions{
    {{ScoreFunction::Identity, "Identity", "torch.nn.modules.linear.Identity"},
     {ScoreFunction::Sigmoid, "Sigmoid", "torch.nn.modules.activation.Sigmoid"},
     {ScoreFunction::Softmax, "Softmax", "torch.nn.modules.activation.Softmax"},
     {ScoreFunction::Tanh, "Tanh", "torch.nn.modules.activation.Tanh"}}};
constexpr const char* kObject = "sentence_transformers";
constexpr const char* kMember = "activation_fn";
constexpr const char* kOldKey = "sbert_ce_default_activation_function";

}  // namespace

ScoreFunction score_function_of(const Json& path, std::string_view where) {
  const std::string text = path.is_string() ? path.get<std::string>() : path.dump();
  const std::string_view name = std::string_view(text).substr(text.rfind('.') + 1);
  const auto* row = std::ranges::find(kFunctions, name, &FunctionRow::name);
  if (row == kFunctions.end() || !text.starts_with("torch.")) {
    throw Error(ErrorKind::Input,
                fmt::format("{}: a cross-encoder's activation is {}, expected torch's Identity, Sigmoid, Softmax or "
                            "Tanh; its scores are not computed here",
                            where, Json(text).dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 100)));
  }
  return row->function;
}

std::optional<ScoreFunction> take_score_function(Json& fields, std::string_view where) {
  Json path;
  if (const auto old = fields.find(kOldKey); old != fields.end()) {
    path = *old;
    fields.erase(old);
  }
  if (const auto object = fields.find(kObject); object != fields.end() && object->is_object()) {
    if (const auto member = object->find(kMember); member != object->end()) {
      path = *member;
      object->erase(member);
    }
    if (object->empty()) fields.erase(object);
  }
  if (path.is_null()) return {};
  return score_function_of(path, where);
}

void write_score_function(const std::optional<ScoreFunction>& function, Json& fields) {
  if (!function) return;
  const auto* row = std::ranges::find(kFunctions, *function, &FunctionRow::function);
  SCORIA_CHECK(row != kFunctions.end(), "every function has a name");
  fields[kObject][kMember] = row->path;
}

}  // namespace scoria
