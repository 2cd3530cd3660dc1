#include "scoria/metrics/squad.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "metrics/answer_text.h"
#include "metrics/paired.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Words = std::vector<std::string>;

struct Score {
  double exact = 0, f1 = 0;
};

double f1_of(Words a, Words b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  Words common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  const double same = static_cast<double>(common.size());
  return harmonic_mean(ratio(same, static_cast<double>(a.size())), ratio(same, static_cast<double>(b.size())));
}

/// The best of each over the references. What two texts without words get for F1 is where v1.1 and v2.0 differ.
Score best_score(const std::string& prediction, const std::vector<Words>& references, double f1_of_nothing) {
  const Words words = answer_words(prediction);
  Score best;
  for (const Words& reference : references) {
    best.exact = std::max(best.exact, words == reference ? 1.0 : 0.0);
    best.f1 = std::max(best.f1, words.empty() && reference.empty() ? f1_of_nothing : f1_of(words, reference));
  }
  return best;
}

/// Adds up scores and gives them in percent.
class Mean {
 public:
  void add(const Score& score) {
    sum_.exact += score.exact;
    sum_.f1 += score.f1;
    ++count_;
  }
  SquadScore percent() const {
    const double count = static_cast<double>(count_);
    return {ratio(100 * sum_.exact, count), ratio(100 * sum_.f1, count), count_};
  }

 private:
  Score sum_;
  std::size_t count_ = 0;
};

/// A question that has a prediction, with the score of that.
struct ScoredAnswer {
  Score score;
  double no_answer_score;
  bool has_answer, is_empty;  ///< is_empty: the prediction is ""
};

ScoredAnswer scored(const SquadAnswer& answer) {
  std::vector<Words> references;
  for (const std::string& reference : answer.references)
    if (Words words = answer_words(reference); !words.empty()) references.push_back(std::move(words));
  if (references.empty()) references.emplace_back();
  return {best_score(*answer.prediction, references, 1), answer.no_answer_score, !answer.references.empty(),
          answer.prediction->empty()};
}

struct BestThreshold {
  double percent, threshold;
};

/// Raises the threshold answer by answer: each lets its prediction count, where before none was given. `ordered` is by
/// no_answer_score; `unanswerable` are all such questions, right as long as none is given.
BestThreshold best_threshold(const std::vector<ScoredAnswer>& ordered, std::size_t unanswerable,
                             double Score::*metric) {
  double sum = static_cast<double>(unanswerable);
  BestThreshold best{sum, 0};
  for (const ScoredAnswer& answer : ordered) {
    if (answer.has_answer)
      sum += answer.score.*metric;
    else if (!answer.is_empty)
      sum -= 1;
    if (sum > best.percent) best = {sum, answer.no_answer_score};
  }
  best.percent = 100 * best.percent / static_cast<double>(ordered.size());
  return best;
}

}  // namespace

std::string normalize_answer(std::string_view text) { return fmt::format("{}", fmt::join(answer_words(text), " ")); }

double answer_exact(std::string_view prediction, std::string_view reference) {
  return answer_words(prediction) == answer_words(reference) ? 1 : 0;
}

double answer_f1(std::string_view prediction, std::string_view reference) {
  return f1_of(answer_words(prediction), answer_words(reference));
}

SquadScore squad_v1_score(std::span<const SquadAnswer> answers) {
  if (answers.empty()) throw Error(ErrorKind::Usage, "squad_v1_score: no questions; give at least one");
  Mean mean;
  for (const SquadAnswer& answer : answers) {
    if (answer.references.empty())
      throw Error(ErrorKind::Usage,
                  fmt::format("squad_v1_score: question {} has no reference; questions without an answer "
                              "are for squad_v2_score",
                              &answer - answers.data()));
    std::vector<Words> references;
    for (const std::string& reference : answer.references) references.push_back(answer_words(reference));
    mean.add(answer.prediction ? best_score(*answer.prediction, references, 0) : Score{});
  }
  return mean.percent();
}

SquadV2Score squad_v2_score(std::span<const SquadAnswer> answers, double threshold) {
  std::vector<ScoredAnswer> all;
  std::size_t unanswerable = 0;
  for (const SquadAnswer& answer : answers) {
    unanswerable += answer.references.empty();
    if (answer.prediction) all.push_back(scored(answer));
  }
  if (all.empty())
    throw Error(ErrorKind::Usage,
                fmt::format("squad_v2_score: {} questions and no prediction; give at least one", answers.size()));
  Mean mean, has_answer, no_answer;
  for (const ScoredAnswer& answer : all) {
    const double right = answer.has_answer ? 0 : 1;
    const Score score = answer.no_answer_score > threshold ? Score{right, right} : answer.score;
    mean.add(score);
    (answer.has_answer ? has_answer : no_answer).add(score);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const ScoredAnswer& a, const ScoredAnswer& b) { return a.no_answer_score < b.no_answer_score; });
  const BestThreshold exact = best_threshold(all, unanswerable, &Score::exact);
  const BestThreshold f1 = best_threshold(all, unanswerable, &Score::f1);
  return {.all = mean.percent(),
          .has_answer = has_answer.percent(),
          .no_answer = no_answer.percent(),
          .missing = answers.size() - all.size(),
          .best_exact = exact.percent,
          .best_exact_threshold = exact.threshold,
          .best_f1 = f1.percent,
          .best_f1_threshold = f1.threshold};
}

}  // namespace scoria
