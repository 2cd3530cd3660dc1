#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// Scores of answers to questions, as the official scripts of SQuAD v1.1 and v2.0 compute them.
/// Source: Rajpurkar et al. 2016, arXiv:1606.05250, section 6.1; 2018, arXiv:1806.03822, section 5.

/// An answer as it is compared: lower case, without ASCII punctuation, without the words a, an and the, words apart by
/// one space. Case, letters and spaces are Python's (Unicode).
std::string normalize_answer(std::string_view text);

/// 1 if both are equal when normalized, else 0.
double answer_exact(std::string_view prediction, std::string_view reference);

/// F1 of the words in common, each as often as both have it. 0 if one has no words (v1.1; v2.0 gives 1 if neither has).
double answer_f1(std::string_view prediction, std::string_view reference);

struct SquadAnswer {
  std::optional<std::string> prediction;  ///< "" for no answer; none if the question was left out
  std::vector<std::string> references;    ///< what annotators answered; none where there is no answer (v2.0)
  double no_answer_score = 0;             ///< the more, the likelier that there is no answer (na_prob, null odds)
};

/// Means in percent, as papers give them.
struct SquadScore {
  double exact = 0, f1 = 0;
  std::size_t count = 0;  ///< questions
};

/// v1.1: the best over a question's references, averaged over all questions; one without a prediction scores 0.
/// Throws Error (Usage) for no questions, or one without references.
SquadScore squad_v1_score(std::span<const SquadAnswer> answers);

struct SquadV2Score {
  SquadScore all, has_answer, no_answer;  ///< all questions, those with references, those without
  std::size_t missing = 0;                ///< questions without a prediction: in none of the counts
  /// The best that one threshold on no_answer_score could give, and that threshold: at most it, the prediction counts;
  /// above it, none is given.
  double best_exact = 0, best_exact_threshold = 0, best_f1 = 0, best_f1_threshold = 0;
};

/// v2.0: as v1.1, and where there is no answer, only "" is right. A prediction whose no_answer_score is above the
/// threshold counts as none. References that normalize to nothing are no references. Thresholds are tried at the scores
/// that occur, in ascending order and in that of `answers` where scores are equal; the best ones are of the predictions
/// as they are, and a threshold of 0 with the score of answering nothing is where the search starts.
/// Throws Error (Usage) for no questions, or if all predictions are missing.
SquadV2Score squad_v2_score(std::span<const SquadAnswer> answers, double threshold = 1.0);

}  // namespace scoria
