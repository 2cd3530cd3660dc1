#pragma once

#include <memory>
#include <span>
#include <string>

#include "requests.h"
#include "scoria/tasks/bert_runner.h"
#include "scoria/text/tokenizer.h"
#include "settings.h"

/// Answers requests: the text to print for them, a line each.
class Predictor {
 public:
  virtual ~Predictor() = default;
  /// Throws Error (Input) where the fault is that of a request and the others could be answered.
  virtual std::string predict(std::span<const Request> requests) = 0;
  /// What is printed in place of one that could not be answered, where it is not this line.
  virtual std::string instead_of(const Request&, std::string line) { return line; }
  /// What is printed at the end; files beside the output are written then.
  virtual std::string finish() { return {}; }
};

/// What all predictors work with.
struct PredictorParts {
  scoria::BertRunner& runner;
  const scoria::Tokenizer& tokenizer;
  const Settings& settings;
};

std::unique_ptr<Predictor> make_predictor(Task task, const PredictorParts& parts);

/// One file each.
std::unique_ptr<Predictor> make_mask_predictor(const PredictorParts& parts);
std::unique_ptr<Predictor> make_class_predictor(const PredictorParts& parts);
std::unique_ptr<Predictor> make_score_predictor(Task task, const PredictorParts& parts);  // regress, nsp
std::unique_ptr<Predictor> make_tag_predictor(const PredictorParts& parts);
std::unique_ptr<Predictor> make_answer_predictor(const PredictorParts& parts);
std::unique_ptr<Predictor> make_embedding_predictor(const PredictorParts& parts);
