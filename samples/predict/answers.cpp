// predict --task qa
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "io/atomic_write.h"
#include "json_line.h"
#include "predictor.h"
#include "scoria/error.h"
#include "scoria/tasks/answering.h"
#include "scoria/tasks/text_windows.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

AnswerOptions options_of(const PredictorParts& parts) {
  const Settings& settings = parts.settings;
  const std::int64_t usual = AnswerOptions().max_length, positions = parts.runner.config().max_position_embeddings;
  const std::int64_t most = most_tokens(parts.runner.config(), parts.tokenizer);
  if (settings.window > positions)
    throw Error(ErrorKind::Usage,
                fmt::format("--window must be at most the model's {} positions, got {}", positions, settings.window));
  if (settings.window == 0 && most < usual)
    fmt::print(stderr, "window: {}, the {} ({} is usual)\n", most,
               most < positions ? "tokenizer's model_max_length" : "model's positions", usual);
  AnswerOptions options = answer_options_of(settings.window > 0 ? settings.window : std::min(usual, most));
  if (settings.stride > 0) options.stride = settings.stride;
  options.max_question = settings.max_question.value_or(options.max_question);
  options.best_count = settings.best_count;
  options.max_answer = settings.max_answer;
  options.may_be_impossible = settings.no_answer;
  options.null_threshold = settings.null_threshold;
  check_room_for_context(options);
  return options;
}

std::string id_text(const Json& id) { return id.is_string() ? id.get<std::string>() : id.dump(); }

/// Lines, or of a task file the predictions as SQuAD's scripts read them: {id: text}.
class AnswerPredictor : public Predictor {
 public:
  explicit AnswerPredictor(const PredictorParts& parts)
      : parts_(parts),
        options_(options_of(parts)),
        collects_(!parts.settings.task_file.empty() && !parts.settings.json) {
    const bool wants_files = !parts.settings.nbest.empty() || !parts.settings.null_odds.empty();
    if (wants_files && parts.settings.task_file.empty() && !parts.settings.json_lines)
      throw Error(ErrorKind::Usage, "--nbest and --null-odds list answers by id; give --json-lines or --task-file");
  }

  std::string predict(std::span<const Request> requests) override {
    std::vector<ReadingQuestion> questions(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      questions[i].question = requests[i].text;
      questions[i].context = requests[i].context;
    }
    const std::vector<ReadAnswer> answers = answer(parts_.runner, parts_.tokenizer, questions, options_);
    std::string out;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      collect(requests[i], answers[i]);
      if (!collects_) out += parts_.settings.json ? json_line(requests[i], answers[i]) : plain_line(answers[i]);
    }
    return out;
  }

  // SQuAD's scripts tell ids without a prediction; an empty one would mean that there is no answer.
  std::string instead_of(const Request&, std::string line) override { return collects_ ? "" : line; }

  std::string finish() override {
    if (!parts_.settings.nbest.empty()) write_atomically(parts_.settings.nbest, nbest_.dump(1) + "\n");
    if (!parts_.settings.null_odds.empty()) write_atomically(parts_.settings.null_odds, null_odds_.dump(1) + "\n");
    return collects_ ? predictions_.dump(1) + "\n" : "";
  }

 private:
  void collect(const Request& request, const ReadAnswer& answer) {
    const bool wants_files = !parts_.settings.nbest.empty() || !parts_.settings.null_odds.empty();
    if (wants_files && request.id.is_null())
      throw Error(ErrorKind::Input, "no \"id\" (--json-lines), under which --nbest and --null-odds list it");
    if (collects_) predictions_[id_text(request.id)] = answer.text;
    if (!parts_.settings.nbest.empty()) nbest_[id_text(request.id)] = candidates(request, answer, options_.best_count);
    if (!parts_.settings.null_odds.empty()) null_odds_[id_text(request.id)] = answer.null_odds;
  }

  Json placed(const Request& request, const std::string& text, TokenSpan place) const {
    if (!parts_.settings.byte_offsets) to_code_points(*request.context, {&place, 1});
    return {{"text", text}, {"start", place.begin}, {"end", place.end}};
  }

  Json candidates(const Request& request, const ReadAnswer& answer, std::size_t count) const {
    Json list = Json::array();
    for (const AnswerCandidate& candidate : answer.candidates) {
      if (list.size() == count) break;
      list.push_back(placed(request, candidate.text, candidate.place));
      list.back()["probability"] = shortest(candidate.probability);
      list.back()["score"] = shortest(static_cast<float>(candidate.score));
    }
    return list;
  }

  static float probability_of(const ReadAnswer& answer) {
    for (const AnswerCandidate& candidate : answer.candidates)
      if (candidate.text == answer.text) return candidate.probability;
    return 0;
  }

  static std::string plain_line(const ReadAnswer& answer) {
    return fmt::format("{}\t{:.4f}\n", answer.text, probability_of(answer));
  }

  std::string json_line(const Request& request, const ReadAnswer& answer) const {
    Json line = json_of(request);
    line.update(placed(request, answer.text, answer.place));
    line["probability"] = shortest(probability_of(answer));
    if (options_.may_be_impossible) line["null_odds"] = shortest(static_cast<float>(answer.null_odds));
    if (parts_.settings.top_k) line["answers"] = candidates(request, answer, *parts_.settings.top_k);
    return to_line(line);
  }

  PredictorParts parts_;
  AnswerOptions options_;
  bool collects_;
  Json predictions_ = Json::object(), nbest_ = Json::object(), null_odds_ = Json::object();
};

}  // namespace

std::unique_ptr<Predictor> make_answer_predictor(const PredictorParts& parts) {
  return std::make_unique<AnswerPredictor>(parts);
}
