#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "predictor.h"
#include "support/progress_view.h"

using Write = std::function<void(std::string_view)>;

/// A predictor that one wrong request does not end: it is told on stderr, something stands in its place, and the others
/// are answered. With --strict the first one is thrown, after those before it have been answered.
class PatientPredictor {
 public:
  PatientPredictor(Predictor& predictor, const Settings& settings, ProgressView& view)
      : predictor_(predictor), settings_(settings), view_(view) {}

  /// Answers requests in their order.
  void predict(std::span<const Request> requests, const Write& write);
  std::string finish() { return predictor_.finish(); }
  std::size_t unanswered() const { return unanswered_; }

 private:
  void predict_faultless(std::span<const Request> requests, const Write& write);
  void give_up(const Request& request, std::string_view why, const Write& write);

  Predictor& predictor_;
  const Settings& settings_;
  ProgressView& view_;
  std::size_t unanswered_ = 0;
};
