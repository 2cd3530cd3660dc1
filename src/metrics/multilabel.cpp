#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "metrics/paired.h"
#include "scoria/error.h"
#include "scoria/metrics/classification.h"

namespace scoria {
namespace {

using Labels = std::vector<std::int32_t>;

Labels common(const Labels& a, const Labels& b) {
  Labels both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return both;
}

double f1(double right, double predicted, double expected) { return ratio(2 * right, predicted + expected); }

}  // namespace

double subset_accuracy(LabelSets predicted, LabelSets expected) {
  check_paired("subset_accuracy", predicted.size(), expected.size(), 1);
  double right = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) right += predicted[i] == expected[i];
  return right / static_cast<double>(expected.size());
}

double multilabel_f1_micro(LabelSets predicted, LabelSets expected) {
  check_paired("multilabel_f1_micro", predicted.size(), expected.size(), 1);
  std::size_t right = 0, all_predicted = 0, all_expected = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    right += common(predicted[i], expected[i]).size();
    all_predicted += predicted[i].size();
    all_expected += expected[i].size();
  }
  return f1(static_cast<double>(right), static_cast<double>(all_predicted), static_cast<double>(all_expected));
}

double multilabel_f1_macro(LabelSets predicted, LabelSets expected, std::int32_t label_count) {
  check_paired("multilabel_f1_macro", predicted.size(), expected.size(), 1);
  if (label_count < 1) throw Error(ErrorKind::Usage, "multilabel_f1_macro: there are no labels");
  struct Counts {
    double right = 0, predicted = 0, expected = 0;
  };
  std::vector<Counts> counts(static_cast<std::size_t>(label_count));
  const auto of = [&](std::int32_t label) -> Counts& {
    if (label < 0 || label >= label_count)
      throw Error(ErrorKind::Usage,
                  fmt::format("multilabel_f1_macro: label {} is not in 0..{}", label, label_count - 1));
    return counts[static_cast<std::size_t>(label)];
  };
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (const std::int32_t label : common(predicted[i], expected[i])) ++of(label).right;
    for (const std::int32_t label : predicted[i]) ++of(label).predicted;
    for (const std::int32_t label : expected[i]) ++of(label).expected;
  }
  double sum = 0;
  for (const Counts& c : counts) sum += f1(c.right, c.predicted, c.expected);
  return sum / static_cast<double>(label_count);
}

double multilabel_f1_samples(LabelSets predicted, LabelSets expected) {
  check_paired("multilabel_f1_samples", predicted.size(), expected.size(), 1);
  double sum = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    sum += f1(static_cast<double>(common(predicted[i], expected[i]).size()), static_cast<double>(predicted[i].size()),
              static_cast<double>(expected[i].size()));
  return sum / static_cast<double>(expected.size());
}

}  // namespace scoria
