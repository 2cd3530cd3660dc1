// predict --task fill-mask
#include <fmt/format.h>

#include <string>
#include <vector>

#include "json_line.h"
#include "predictor.h"
#include "scoria/error.h"
#include "scoria/tasks/fill_mask.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

class MaskPredictor : public Predictor {
 public:
  explicit MaskPredictor(const PredictorParts& parts) : parts_(parts) {}

  std::string predict(std::span<const Request> requests) override {
    std::vector<std::string_view> texts;
    for (const Request& request : requests) texts.emplace_back(request.text);
    const auto masks = fill_mask(parts_.runner, parts_.tokenizer, texts, parts_.settings.top_k.value_or(5));
    std::string out;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (masks[i].empty())
        throw Error(ErrorKind::Input, fmt::format("text {}: no {} in it; write one where a word is wanted", i, mask()));
      out += parts_.settings.json ? json_line(requests[i], masks[i]) : plain_line(masks[i]);
    }
    return out;
  }

 private:
  std::string mask() const {
    const std::int32_t id = parts_.tokenizer.mask_id();
    return id < 0 ? "mask token (the tokenizer has none)" : parts_.tokenizer.token(id);
  }
  // As text: a mark of a word's start is none of it. Models have more rows than tokens where their vocabulary was padded
  // to a round number.
  std::string word(std::int32_t id) const {
    return id < parts_.tokenizer.size() ? parts_.tokenizer.decode({&id, 1}, false, false) : fmt::format("[{}]", id);
  }

  std::string plain_line(const std::vector<MaskGuesses>& masks) const {
    std::string line;
    for (const MaskGuesses& mask : masks) {
      if (!line.empty()) line += '\t';
      for (std::size_t i = 0; i < mask.guesses.size(); ++i) {
        const auto& [id, probability] = mask.guesses[i];
        line += fmt::format("{}{} {:.4f}", i == 0 ? "" : ", ", word(id), probability);
      }
    }
    return line + "\n";
  }

  std::string json_line(const Request& request, const std::vector<MaskGuesses>& masks) const {
    Json line = json_of(request);
    line["masks"] = Json::array();
    for (const MaskGuesses& mask : masks) {
      TokenSpan place = mask.place;
      if (!parts_.settings.byte_offsets) to_code_points(request.text, {&place, 1});
      Json guesses = Json::array();
      for (const auto& [id, probability] : mask.guesses) {
        guesses.push_back({{"token", word(id)}, {"id", id}, {"probability", shortest(probability)}});
      }
      line["masks"].push_back({{"start", place.begin}, {"end", place.end}, {"guesses", std::move(guesses)}});
    }
    return to_line(line);
  }

  PredictorParts parts_;
};

}  // namespace

std::unique_ptr<Predictor> make_mask_predictor(const PredictorParts& parts) {
  return std::make_unique<MaskPredictor>(parts);
}
