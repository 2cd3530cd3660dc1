// predict --task classify, pair, regress and nsp
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "json_line.h"
#include "predictor.h"
#include "scoria/error.h"
#include "scoria/tasks/sentences.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

std::vector<TextInput> inputs_of(std::span<const Request> requests) {
  std::vector<TextInput> inputs;
  for (const Request& request : requests) {
    inputs.push_back({request.text});
    if (request.second) inputs.back().second = *request.second;
  }
  return inputs;
}

LongTexts long_texts_of(const Settings& settings) {
  LongTexts options{.max_length = settings.max_length};
  if (settings.window > 0) {
    options.max_length = settings.window;
    options.stride = settings.stride > 0 ? settings.stride : settings.window / 2;
  }
  if (settings.window_pool == "surest") options.pooling = LongTexts::Pooling::Surest;
  return options;
}

class ClassPredictor : public Predictor {
 public:
  explicit ClassPredictor(const PredictorParts& parts)
      : parts_(parts),
        long_texts_(long_texts_of(parts.settings)),
        independent_(parts.runner.config().has_independent_labels()) {
    if (parts.runner.config().label_count() == 1 && !independent_)
      throw Error(ErrorKind::Usage, "the model has one label, so it gives scores; take --task regress");
  }

  std::string predict(std::span<const Request> requests) override {
    std::string out;
    const auto scores = classify(parts_.runner, parts_.tokenizer, inputs_of(requests), long_texts_);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const std::vector<Class> best = best_of(scores[i]);
      out += parts_.settings.json ? json_line(requests[i], best) : plain_line(best);
    }
    return out;
  }

 private:
  struct Class {
    std::string label;
    float probability;
  };

  // Ties in the order of the labels. Of independent labels all that are more likely than not, unless --top-k asks.
  std::vector<Class> best_of(const TextScores& scores) const {
    std::vector<Class> classes;
    for (std::size_t i = 0; i < scores.probabilities.size(); ++i)
      classes.push_back({label_name(parts_.runner.config().labels, i), scores.probabilities[i]});
    std::ranges::stable_sort(classes, std::ranges::greater(), &Class::probability);
    if (independent_ && !parts_.settings.top_k)
      std::erase_if(classes, [](const Class& each) { return each.probability < 0.5f; });
    else
      classes.resize(std::min(classes.size(), parts_.settings.top_k.value_or(1)));
    return classes;
  }
  static std::string plain_line(const std::vector<Class>& classes) {
    std::string line;
    for (const auto& [label, probability] : classes)
      line += fmt::format("{}{}\t{:.4f}", line.empty() ? "" : "\t", label, probability);
    return line + "\n";
  }
  std::string json_line(const Request& request, const std::vector<Class>& classes) const {
    Json line = json_of(request), list = Json::array();
    for (const auto& [label, probability] : classes)
      list.push_back({{"label", label}, {"probability", shortest(probability)}});
    if (parts_.settings.top_k || independent_)
      line["labels"] = std::move(list);
    else
      line.update(list[0]);
    return to_line(line);
  }

  PredictorParts parts_;
  LongTexts long_texts_;
  bool independent_;
};

class ScorePredictor : public Predictor {
 public:
  ScorePredictor(Task task, const PredictorParts& parts) : task_(task), parts_(parts) {
    const std::int64_t labels = parts.runner.config().label_count();
    if (task == Task::Regress && labels != 1)
      throw Error(ErrorKind::Usage, fmt::format("the model has {} labels, not a score; take --task classify", labels));
  }

  std::string predict(std::span<const Request> requests) override {
    const std::vector<float> scores = scores_of(requests);
    const char* name = task_ == Task::Regress ? "score" : "probability";
    std::string out;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      Json line = json_of(requests[i]);
      line[name] = shortest(scores[i]);
      out += parts_.settings.json ? to_line(line) : fmt::format("{:.4f}\n", scores[i]);
    }
    return out;
  }

 private:
  std::vector<float> scores_of(std::span<const Request> requests) {
    const std::vector<TextInput> inputs = inputs_of(requests);
    if (task_ == Task::NextSentence)
      return next_sentence(parts_.runner, parts_.tokenizer, inputs, parts_.settings.max_length);
    std::vector<float> scores;
    for (const TextScores& text : classify(parts_.runner, parts_.tokenizer, inputs, long_texts_of(parts_.settings)))
      scores.push_back(text.probabilities[0]);
    return scores;
  }

  Task task_;
  PredictorParts parts_;
};

}  // namespace

std::unique_ptr<Predictor> make_class_predictor(const PredictorParts& parts) {
  return std::make_unique<ClassPredictor>(parts);
}

std::unique_ptr<Predictor> make_score_predictor(Task task, const PredictorParts& parts) {
  return std::make_unique<ScorePredictor>(task, parts);
}
