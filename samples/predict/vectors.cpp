// predict --task embed
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "json_line.h"
#include "predictor.h"
#include "scoria/io/npy.h"
#include "scoria/model/bert_files.h"
#include "scoria/model/sentence_pooling.h"
#include "scoria/tasks/sentences.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

SentencePooling pooling_of(const Settings& settings) {
  SentencePooling pooling = load_sentence_pooling(bert_folder(settings.model)).value_or(SentencePooling{});
  if (settings.pooling)
    pooling.mode = *settings.pooling == "cls" ? SentencePooling::Mode::Cls : SentencePooling::Mode::Mean;
  if (settings.normalize) pooling.normalize = true;
  if (settings.max_length > 0) pooling.max_sequence_length = settings.max_length;
  return pooling;
}

class EmbeddingPredictor : public Predictor {
 public:
  explicit EmbeddingPredictor(const PredictorParts& parts) : parts_(parts), pooling_(pooling_of(parts.settings)) {
    const std::filesystem::path& npy = parts.settings.npy;
    if (!npy.empty()) file_.emplace(npy, parts.runner.config().hidden_size);
  }

  std::string predict(std::span<const Request> requests) override {
    std::vector<TextInput> texts;
    for (const Request& request : requests) texts.push_back({request.text});
    const Tensor vectors = embed(parts_.runner, parts_.tokenizer, texts, pooling_, parts_.settings.layer);
    if (file_) {
      file_->append(vectors.values<float>());
      return {};
    }
    std::string out;
    const auto H = static_cast<std::size_t>(vectors.shape().row_size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const std::span<const float> vector = vectors.values<float>().subspan(i * H, H);
      out += parts_.settings.json ? json_line(requests[i], vector) : fmt::format("{}\n", fmt::join(vector, " "));
    }
    return out;
  }

  // A row of NaN, so that rows stay those of the texts.
  std::string instead_of(const Request&, std::string line) override {
    if (!file_) return line;
    file_->append(std::vector<float>(static_cast<std::size_t>(file_->columns()), std::numeric_limits<float>::quiet_NaN()));
    return {};
  }

  std::string finish() override {
    if (file_) file_->commit();
    return {};
  }

 private:
  static std::string json_line(const Request& request, std::span<const float> vector) {
    Json line = json_of(request), numbers = Json::array();
    for (const float x : vector) numbers.push_back(shortest(x));
    line["vector"] = std::move(numbers);
    return to_line(line);
  }

  PredictorParts parts_;
  SentencePooling pooling_;
  std::optional<NpyRows> file_;  // of --npy
};

}  // namespace

std::unique_ptr<Predictor> make_embedding_predictor(const PredictorParts& parts) {
  return std::make_unique<EmbeddingPredictor>(parts);
}
