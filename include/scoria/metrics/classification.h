#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace scoria {

/// Scores of predicted classes, as scikit-learn computes them. Classes are any integers; both spans have the
/// predictions and the truth of the same examples in the same order. All throw Error (Usage) if they differ in length
/// or are empty.

/// The share of equal ones; also the micro-averaged precision, recall and F1 of single-label classification.
double accuracy(std::span<const std::int32_t> predicted, std::span<const std::int32_t> expected);

/// One class against all others. A ratio of nothing to nothing is 0.
struct ClassScore {
  std::int32_t label = 0;
  double precision = 0;     ///< correct / predicted as this class
  double recall = 0;        ///< correct / examples of this class
  double f1 = 0;            ///< their harmonic mean
  std::size_t support = 0;  ///< examples of this class
};

/// A score for each class that was predicted or expected, in the order of the labels.
std::vector<ClassScore> class_scores(std::span<const std::int32_t> predicted, std::span<const std::int32_t> expected);

/// The positive class's F1: GLUE's for MRPC and QQP. 0 if it neither occurs nor is predicted.
double f1_binary(std::span<const std::int32_t> predicted, std::span<const std::int32_t> expected,
                 std::int32_t positive = 1);

/// The mean of class_scores' F1: each class counts alike.
double f1_macro(std::span<const std::int32_t> predicted, std::span<const std::int32_t> expected);

/// Matthews' correlation coefficient, for any number of classes: GLUE's for CoLA.
///
///     (c s - sum_k p_k t_k) / sqrt((s^2 - sum_k p_k^2) (s^2 - sum_k t_k^2))
///
/// s examples, c correct, class k predicted p_k times and expected t_k times. In [-1, 1]; 0 where one side has a single
/// class. Source: Gorodkin 2004, Computational Biology and Chemistry 28, 367-374.
double matthews_correlation(std::span<const std::int32_t> predicted, std::span<const std::int32_t> expected);

/// Where a text may have several labels, or none: for each example the labels that hold, each once, in ascending order.
using LabelSets = std::span<const std::vector<std::int32_t>>;

/// The share of examples whose labels are all right, and none too many: scikit-learn's accuracy_score of an indicator
/// matrix.
double subset_accuracy(LabelSets predicted, LabelSets expected);

/// F1 of all pairs of example and label together, 2 right / (predicted + expected); 0 where there are none.
double multilabel_f1_micro(LabelSets predicted, LabelSets expected);

/// The mean over labels 0 .. label_count - 1 of each one's F1, 0 for a label that neither occurs nor is predicted.
double multilabel_f1_macro(LabelSets predicted, LabelSets expected, std::int32_t label_count);

/// The mean over examples of each one's F1, 0 for an example without labels for which none is predicted (scikit-learn's
/// zero_division).
double multilabel_f1_samples(LabelSets predicted, LabelSets expected);

}  // namespace scoria
