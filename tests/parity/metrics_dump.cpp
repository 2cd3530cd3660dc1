// Computes metrics for tests/parity/metrics_parity.py: a line of JSON in, a line of JSON out.
//
//   {"classes": {"predicted": [ints], "expected": [ints]}}
//   {"label_sets": {"predicted": [[ints]], "expected": [[ints]], "labels": int}}
//   {"correlations": {"predicted": [numbers], "expected": [numbers]}}
//   {"entities": {"predicted": [[tags]], "expected": [[tags]]}}
//   {"squad": {"version": 1 | 2, "threshold": number, "answers": [[prediction or null, [references], no-answer
//   score]]}}
//   {"squad_files": {"version": 1 | 2, "threshold": number, "questions": [paths], "predictions": path}}
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/json.h"
#include "scoria/data/task_files.h"
#include "scoria/error.h"
#include "scoria/metrics/classification.h"
#include "scoria/metrics/correlation.h"
#include "scoria/metrics/entities.h"
#include "scoria/metrics/squad.h"

using namespace scoria;
using Json = nlohmann::json;

namespace {

Json classes(const Json& in) {
  const auto predicted = in["predicted"].get<std::vector<std::int32_t>>();
  const auto expected = in["expected"].get<std::vector<std::int32_t>>();
  Json scores = Json::array();
  for (const ClassScore& score : class_scores(predicted, expected))
    scores.push_back({score.label, score.precision, score.recall, score.f1, score.support});
  return {{"accuracy", accuracy(predicted, expected)},
          {"f1_binary", f1_binary(predicted, expected)},
          {"f1_macro", f1_macro(predicted, expected)},
          {"matthews", matthews_correlation(predicted, expected)},
          {"classes", scores}};
}

Json label_sets(const Json& in) {
  const auto predicted = in["predicted"].get<std::vector<std::vector<std::int32_t>>>();
  const auto expected = in["expected"].get<std::vector<std::vector<std::int32_t>>>();
  return {{"accuracy", subset_accuracy(predicted, expected)},
          {"micro", multilabel_f1_micro(predicted, expected)},
          {"macro", multilabel_f1_macro(predicted, expected, in["labels"].get<std::int32_t>())},
          {"samples", multilabel_f1_samples(predicted, expected)}};
}

Json correlations(const Json& in) {
  const auto predicted = in["predicted"].get<std::vector<float>>();
  const auto expected = in["expected"].get<std::vector<float>>();
  return {{"pearson", pearson_correlation(predicted, expected)},
          {"spearman", spearman_correlation(predicted, expected)}};
}

Json entities(const Json& in) {
  using Sentences = std::vector<std::vector<std::string>>;
  const EntityReport report = entity_report(in["predicted"].get<Sentences>(), in["expected"].get<Sentences>());
  const auto shown = [](const EntityScore& s) { return Json{s.type, s.precision, s.recall, s.f1, s.support}; };
  Json out = Json::array();
  for (const EntityScore& type : report.types) out.push_back(shown(type));
  return {{"types", out},
          {"micro", shown(report.micro)},
          {"macro", shown(report.macro)},
          {"weighted", shown(report.weighted)}};
}

Json squad(const std::vector<SquadAnswer>& answers, int version, double threshold) {
  const auto shown = [](const SquadScore& s) { return Json{{"exact", s.exact}, {"f1", s.f1}, {"total", s.count}}; };
  if (version == 1) return shown(squad_v1_score(answers));
  const SquadV2Score score = squad_v2_score(answers, threshold);
  return {{"all", shown(score.all)},         {"HasAns", shown(score.has_answer)},
          {"NoAns", shown(score.no_answer)}, {"missing", score.missing},
          {"best_exact", score.best_exact},  {"best_exact_thresh", score.best_exact_threshold},
          {"best_f1", score.best_f1},        {"best_f1_thresh", score.best_f1_threshold}};
}

std::vector<SquadAnswer> answers_in(const Json& in) {
  std::vector<SquadAnswer> answers;
  for (const Json& row : in["answers"]) {
    SquadAnswer& answer = answers.emplace_back();
    if (row[0].is_string()) answer.prediction = row[0].get<std::string>();
    answer.references = row[1].get<std::vector<std::string>>();
    answer.no_answer_score = row[2].get<double>();
  }
  return answers;
}

std::vector<SquadAnswer> answers_in_files(const Json& in) {
  const Json predictions = read_json(in["predictions"].get<std::string>());
  std::vector<SquadAnswer> answers;
  TaskFileReport report;
  for (const Json& path : in["questions"])
    for (const ReadingQuestion& question : read_questions(path.get<std::string>(), report)) {
      SquadAnswer& answer = answers.emplace_back();
      if (predictions.contains(question.id)) answer.prediction = predictions[question.id].get<std::string>();
      for (const AnswerSpan& span : question.answers) answer.references.push_back(span.text);
    }
  return answers;
}

Json answer(const Json& request) {
  if (request.contains("classes")) return classes(request["classes"]);
  if (request.contains("label_sets")) return label_sets(request["label_sets"]);
  if (request.contains("correlations")) return correlations(request["correlations"]);
  if (request.contains("entities")) return entities(request["entities"]);
  const bool from_files = request.contains("squad_files");
  const Json& in = request[from_files ? "squad_files" : "squad"];
  return squad(from_files ? answers_in_files(in) : answers_in(in), in["version"].get<int>(),
               in["threshold"].get<double>());
}

}  // namespace

int main() {
  try {
    for (std::string line; std::getline(std::cin, line);) std::cout << answer(Json::parse(line)).dump() << std::endl;
  } catch (const std::exception& error) {
    std::cerr << "metrics_dump: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
