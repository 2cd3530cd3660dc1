#include "scoria/metrics/classification.h"

#include <cmath>
#include <map>

#include "metrics/paired.h"

namespace scoria {
namespace {

using Labels = std::span<const std::int32_t>;

struct ClassCounts {
  std::size_t correct = 0, predicted = 0, expected = 0;
};

std::map<std::int32_t, ClassCounts> class_counts(Labels predicted, Labels expected) {
  std::map<std::int32_t, ClassCounts> counts;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ++counts[predicted[i]].predicted;
    ClassCounts& truth = counts[expected[i]];
    ++truth.expected;
    truth.correct += predicted[i] == expected[i];
  }
  return counts;
}

double f1_of(const ClassCounts& counts) {
  return ratio(2 * static_cast<double>(counts.correct), static_cast<double>(counts.predicted + counts.expected));
}

}  // namespace

double accuracy(Labels predicted, Labels expected) {
  check_paired("accuracy", predicted.size(), expected.size(), 1);
  std::size_t correct = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) correct += predicted[i] == expected[i];
  return static_cast<double>(correct) / static_cast<double>(expected.size());
}

std::vector<ClassScore> class_scores(Labels predicted, Labels expected) {
  check_paired("class_scores", predicted.size(), expected.size(), 1);
  std::vector<ClassScore> scores;
  for (const auto& [label, counts] : class_counts(predicted, expected)) {
    const double correct = static_cast<double>(counts.correct);
    scores.push_back({label, ratio(correct, static_cast<double>(counts.predicted)),
                      ratio(correct, static_cast<double>(counts.expected)), f1_of(counts), counts.expected});
  }
  return scores;
}

double f1_binary(Labels predicted, Labels expected, std::int32_t positive) {
  check_paired("f1_binary", predicted.size(), expected.size(), 1);
  return f1_of(class_counts(predicted, expected)[positive]);
}

double f1_macro(Labels predicted, Labels expected) {
  check_paired("f1_macro", predicted.size(), expected.size(), 1);
  double sum = 0;
  const std::map<std::int32_t, ClassCounts> all = class_counts(predicted, expected);
  for (const auto& [label, counts] : all) sum += f1_of(counts);
  return sum / static_cast<double>(all.size());
}

double matthews_correlation(Labels predicted, Labels expected) {
  check_paired("matthews_correlation", predicted.size(), expected.size(), 1);
  const double all = static_cast<double>(expected.size());
  double correct = 0, both = 0, predicted_squares = 0, expected_squares = 0;
  for (const auto& [label, counts] : class_counts(predicted, expected)) {
    const double p = static_cast<double>(counts.predicted), t = static_cast<double>(counts.expected);
    correct += static_cast<double>(counts.correct);
    both += p * t;
    predicted_squares += p * p;
    expected_squares += t * t;
  }
  return ratio(correct * all - both, std::sqrt((all * all - predicted_squares) * (all * all - expected_squares)));
}

}  // namespace scoria
