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
#include "scoria/model/sentence_pipeline.h"
#include "scoria/tasks/sentences.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

// Options change what the model's folder says, one thing each.
SentencePipeline pipeline_of(const Settings& settings) {
  SentencePipeline pipeline = load_sentence_pipeline(settings.model);
  if (settings.pooling) pipeline.pooling.modes = {*pooling_mode(*settings.pooling)};
  if (settings.truncate_dim > 0) pipeline.truncate_dim = settings.truncate_dim;
  if (settings.normalize) pipeline.normalize = true;
  if (settings.max_length > 0) pipeline.max_sequence_length = settings.max_length;
  if (settings.prompt) pipeline.default_prompt = pipeline.prompt(*settings.prompt);
  return pipeline;
}

class EmbeddingPredictor : public Predictor {
 public:
  explicit EmbeddingPredictor(const PredictorParts& parts)
      : parts_(parts),
        pipeline_(pipeline_of(parts.settings)),
        tokenizer_(load_sentence_tokenizer(parts.settings.model, pipeline_)),
        options_{.max_length = parts.settings.max_length, .layer = parts.settings.layer} {
    const std::int64_t width = pipeline_.width(parts.runner.config().hidden_size);
    if (makes_sentence_vectors(parts.settings.model))
      fmt::print(stderr, "{}: vectors of {} numbers: {}\n", parts.settings.model.string(), width,
                 pipeline_.to_string());
    if (const auto& npy = parts.settings.npy; !npy.empty()) file_.emplace(npy, width);
  }

  std::string predict(std::span<const Request> requests) override {
    std::vector<TextInput> texts;
    for (const Request& request : requests) texts.push_back({request.text});
    const Tensor vectors = embed(parts_.runner, tokenizer_, texts, pipeline_, options_);
    if (file_) {
      file_->append(vectors.values<float>());
      return {};
    }
    std::string out;
    const auto width = static_cast<std::size_t>(vectors.shape().row_size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const std::span<const float> vector = vectors.values<float>().subspan(i * width, width);
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
  SentencePipeline pipeline_;
  Tokenizer tokenizer_;
  EmbedOptions options_;
  std::optional<NpyRows> file_;  // of --npy
};

}  // namespace

std::unique_ptr<Predictor> make_embedding_predictor(const PredictorParts& parts) {
  return std::make_unique<EmbeddingPredictor>(parts);
}
