// Metrics on cases counted by hand. Comparisons with seqeval, scikit-learn, SciPy and SQuAD's algorithm are in
// tests/parity/metrics_parity.py.

#include <doctest/doctest.h>

#include <cmath>

#include "scoria/error.h"
#include "scoria/metrics/classification.h"
#include "scoria/metrics/correlation.h"
#include "scoria/metrics/entities.h"
#include "scoria/metrics/squad.h"

using namespace scoria;

namespace {

using Labels = std::vector<std::int32_t>;
using Tags = std::vector<std::string>;
using Scores = std::vector<float>;

const doctest::Approx exactly(double value) { return doctest::Approx(value).epsilon(1e-14); }

/// "type begin-end" of each entity.
std::string shown(const Tags& tags) {
  std::string out;
  for (const Entity& entity : entities_of(tags))
    out +=
        (out.empty() ? "" : ", ") + entity.type + " " + std::to_string(entity.begin) + "-" + std::to_string(entity.end);
  return out;
}

SquadAnswer answer(const std::string& prediction, std::vector<std::string> references, double no_answer_score = 0) {
  return {prediction, std::move(references), no_answer_score};
}

template <typename Call>
void check_refused(const std::string& message, Call call) {
  try {
    call();
    FAIL_CHECK("nothing was thrown, expected: " << message);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Usage);
    CAPTURE(error.what());
    CHECK(std::string(error.what()).find(message) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("metrics of classes") {
  const Labels predicted = {1, 1, 1, 0, 0, 0}, expected = {1, 1, 0, 1, 0, 0};
  CHECK(accuracy(predicted, expected) == exactly(4.0 / 6));
  CHECK(f1_binary(predicted, expected) == exactly(2.0 / 3));
  CHECK(f1_binary(Labels{1, 0, 0}, Labels{1, 1, 0}) == exactly(2.0 / 3));
  CHECK(f1_binary(Labels{1, 0, 0}, Labels{1, 1, 0}, 0) == exactly(2.0 / 3));
  CHECK(f1_binary(Labels{1, 1, 1}, Labels{1, 1, 0}) == exactly(0.8));
  CHECK(f1_binary(Labels{0, 2}, Labels{0, 2}) == 0);
  CHECK(matthews_correlation(predicted, expected) == exactly(1.0 / 3));
  CHECK(matthews_correlation(Labels{1, 0}, Labels{0, 1}) == -1);
  CHECK(matthews_correlation(Labels{1, 1, 1}, Labels{0, 1, 1}) == 0);
}

TEST_CASE("metrics of several classes: one that is only predicted counts too") {
  const Labels predicted = {0, 2, 2, 7}, expected = {0, 2, 0, 2};
  const std::vector<ClassScore> scores = class_scores(predicted, expected);
  REQUIRE(scores.size() == 3);
  CHECK(scores[0].precision == 1);
  CHECK(scores[0].recall == 0.5);
  CHECK(scores[1].label == 2);
  CHECK(scores[1].f1 == 0.5);
  CHECK(scores[2].label == 7);
  CHECK(scores[2].f1 == 0);
  CHECK(scores[2].support == 0);
  CHECK(f1_macro(predicted, expected) == exactly((2.0 / 3 + 0.5) / 3));
}

TEST_CASE("correlations") {
  CHECK(pearson_correlation(Scores{1, 2, 3}, Scores{10, 20, 30}) == exactly(1));
  CHECK(pearson_correlation(Scores{1, 2, 3}, Scores{3, 2, 1}) == exactly(-1));
  CHECK(pearson_correlation(Scores{1, 2, 3, 4}, Scores{1, 3, 2, 4}) == exactly(0.8));
  CHECK(pearson_correlation(Scores{16777214, 16777215, 16777216}, Scores{1, 2, 3}) == exactly(1));
  CHECK(spearman_correlation(Scores{1, 10, 100}, Scores{0.1f, 0.2f, 7}) == exactly(1));
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
  CHECK(spearman_correlation(Scores{1, 2, 2, 9}, Scores{1, 2, 3, 4}) == exactly(4.5 / std::sqrt(4.5 * 5)));
  CHECK(std::isnan(pearson_correlation(Scores{0.1f, 0.1f, 0.1f}, Scores{1, 2, 3})));
  CHECK(std::isnan(spearman_correlation(Scores{1, 2, 3}, Scores{5, 5, 5})));
  CHECK(std::isnan(spearman_correlation(Scores{1, NAN, 3}, Scores{1, 2, 3})));
}

TEST_CASE("metrics refuse what is not paired") {
  check_refused("accuracy: 1 predicted and 2 expected values", [] { accuracy(Labels{1}, Labels{1, 2}); });
  check_refused("matthews_correlation: 0 predicted and 0 expected", [] { matthews_correlation({}, {}); });
  check_refused("at least 2", [] { pearson_correlation(Scores{1}, Scores{1}); });
  check_refused("sentence 1 has 1 predicted and 2 expected tags", [] {
    entity_report(std::vector<Tags>{{"O"}, {"O"}}, std::vector<Tags>{{"O"}, {"O", "O"}});
  });
  check_refused("an empty tag", [] { entities_of(Tags{"O", ""}); });
  check_refused("no questions", [] { squad_v1_score({}); });
  check_refused("question 0 has no reference", [] { squad_v1_score(std::vector{answer("a", {})}); });
  check_refused("1 questions and no prediction", [] { squad_v2_score(std::vector<SquadAnswer>{{{}, {"a"}}}); });
}

TEST_CASE("entities: the schemes, and wrong sequences") {
  CHECK(shown({"B-PER", "I-PER", "O", "B-LOC"}) == "PER 0-2, LOC 3-4");
  CHECK(shown({"B-PER", "B-PER", "I-PER"}) == "PER 0-1, PER 1-3");
  CHECK(shown({"I-PER", "I-PER", "I-LOC", "O"}) == "PER 0-2, LOC 2-3");
  CHECK(shown({"I-PER", "B-PER", "O", "I-LOC"}) == "PER 0-1, PER 1-2, LOC 3-4");
  CHECK(shown({"I-PER", "E-PER", "I-PER", "O"}) == "PER 0-2, PER 2-3");
  CHECK(shown({"S-PER", "B-LOC", "I-LOC", "E-LOC", "S-LOC"}) == "PER 0-1, LOC 1-4, LOC 4-5");
  CHECK(shown({"O", "I-PER"}) == "PER 1-2");
  CHECK(shown({"B-PER", "I-LOC"}) == "PER 0-1, LOC 1-2");
  CHECK(shown({"E-PER", "E-PER"}) == "PER 0-1, PER 1-2");
  CHECK(shown({"B", "I", "B-"}) == "_ 0-2, _ 2-3");
  CHECK(shown({"B-PER-x", "I-PER-x"}) == "PER-x 0-2");
  CHECK(shown({"O", "O"}).empty());
  CHECK(shown({}).empty());
}

TEST_CASE("entities: precision, recall and F1 by type and over all") {
  const EntityReport report =
      entity_report(std::vector<Tags>{{"B-PER", "I-PER", "O", "B-LOC"}, {"B-LOC", "O", "B-MISC"}},
                    std::vector<Tags>{{"B-PER", "I-PER", "O", "B-PER"}, {"B-LOC", "I-LOC", "O"}});
  REQUIRE(report.types.size() == 3);
  CHECK(report.types[0].type == "LOC");
  CHECK(report.types[0].f1 == 0);
  CHECK(report.types[0].support == 1);
  CHECK(report.types[2].type == "PER");
  CHECK(report.types[2].precision == 1);
  CHECK(report.types[2].recall == 0.5);
  CHECK(report.micro.precision == 0.25);
  CHECK(report.micro.recall == exactly(1.0 / 3));
  CHECK(report.micro.f1 == exactly(2.0 / 7));
  CHECK(report.macro.f1 == exactly(2.0 / 9));
  CHECK(report.weighted.f1 == exactly(4.0 / 9));
  CHECK(report.micro.support == 3);
}

TEST_CASE("answers are normalized as SQuAD's scripts do") {
  CHECK(normalize_answer("  The cat, an  (old) A-cat!\t") == "cat old acat");
  CHECK(normalize_answer("Theatre anthem a\u00A0b") == "theatre anthem b");
  CHECK(normalize_answer("the") == "");
  CHECK(normalize_answer("\u201Cthe\u201D") == "\u201C \u201D");
  CHECK(normalize_answer("\u00C9COLE a\u0301 th\u00E9") == "\u00E9cole \u0301 th\u00E9");
  CHECK(normalize_answer("\u039F\u0394\u039F\u03A3 \u03A3\u0391 I\u0130") ==
        "\u03BF\u03B4\u03BF\u03C2 \u03C3\u03B1 ii\u0307");
  CHECK(normalize_answer("a_b an_") == "ab");
  CHECK(answer_exact("The Cat", "cat.") == 1);
  CHECK(answer_exact("cat", "cats") == 0);
  CHECK(answer_f1("the big big cat", "big cat") == exactly(0.8));
  CHECK(answer_f1("a", "the") == 0);
}

TEST_CASE("SQuAD v1.1: the best reference counts, no prediction is 0") {
  const SquadScore score = squad_v1_score(std::vector<SquadAnswer>{
      answer("big cat", {"cat", "the big cat"}), answer("a dog", {"dog house"}), {{}, {"x"}}, answer("the", {"an"})});
  CHECK(score.count == 4);
  CHECK(score.exact == 50);
  CHECK(score.f1 == exactly(100 * (1 + 2.0 / 3) / 4));
}

TEST_CASE("SQuAD v2.0: no answer is right where there is none, and by the threshold") {
  const std::vector<SquadAnswer> answers = {answer("cat", {"cat"}, -3), answer("dog", {}, 2),      answer("", {}, 5),
                                            answer("", {"cow"}, 4),     answer("hen", {"hen"}, 3), {{}, {"x"}, 0}};
  const SquadV2Score plain = squad_v2_score(answers, 10);
  CHECK(plain.missing == 1);
  CHECK(plain.all.count == 5);
  CHECK(plain.all.exact == 60);
  CHECK(plain.has_answer.count == 3);
  CHECK(plain.has_answer.f1 == exactly(200.0 / 3));
  CHECK(plain.no_answer.exact == 50);
  const SquadV2Score cut = squad_v2_score(answers, 1);
  CHECK(cut.all.exact == 60);  // the cat, and no answer twice
  CHECK(cut.no_answer.exact == 100);
  // Answering nothing gives 2 of 5, the cat makes 3, the dog 2, the hen 3 again: the first is kept.
  CHECK(plain.best_exact == 60);
  CHECK(plain.best_exact_threshold == -3);
  CHECK(plain.best_f1 == 60);
  CHECK(squad_v2_score(std::vector{answer("x", {}, 7)}, 9).best_exact == 100);
  CHECK(squad_v2_score(std::vector{answer("x", {}, 7)}, 9).best_exact_threshold == 0);
  // References that normalize to nothing leave "" as the only one.
  CHECK(squad_v2_score(std::vector{answer("an", {"the"})}).all.f1 == 100);
}

TEST_CASE("several labels an example: scikit-learn's averages and subset accuracy") {
  const std::vector<std::vector<std::int32_t>> predicted{{0}, {1, 2}, {}, {0, 2}}, expected{{0}, {1}, {}, {2}};
  CHECK(multilabel_f1_micro(predicted, expected) == doctest::Approx(6.0 / 8));
  CHECK(multilabel_f1_macro(predicted, expected, 3) == doctest::Approx((2.0 / 3 + 1 + 2.0 / 3) / 3));
  CHECK(multilabel_f1_macro(predicted, expected, 4) == doctest::Approx((2.0 / 3 + 1 + 2.0 / 3) / 4));
  CHECK(multilabel_f1_samples(predicted, expected) == doctest::Approx((1 + 2.0 / 3 + 0 + 2.0 / 3) / 4));
  CHECK(subset_accuracy(predicted, expected) == 0.5);
  CHECK_THROWS_AS(multilabel_f1_macro(predicted, expected, 2), Error);
  CHECK_THROWS_AS(multilabel_f1_micro(predicted, {}), Error);
}
