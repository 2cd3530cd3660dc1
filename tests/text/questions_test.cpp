// Questions on a text: SQuAD's JSON and JSON lines.

#include <doctest/doctest.h>

#include "error_message.h"
#include "scoria/data/task_files.h"
#include "shared_data.h"
#include "support/temporary_folder.h"
#include "zstd_bytes.h"

using namespace scoria;

namespace {

std::vector<ReadingQuestion> questions(const std::string& name, const std::string& bytes, TaskFileReport& report) {
  const TemporaryFolder folder;
  put_bytes(folder / name, bytes);
  return read_questions(folder / name, report);
}

std::vector<ReadingQuestion> questions(const std::string& bytes) {
  TaskFileReport report;
  return questions("a.json", bytes, report);
}

std::string refusal(const std::string& bytes, const std::string& name = "a.json") {
  TaskFileReport report;
  return error_message(ErrorKind::Input, [&] { questions(name, bytes, report); });
}

std::string squad(const std::string& context, const std::string& qas) {
  return R"({"version": "v2.0", "data": [{"title": "t", "paragraphs": [{"context": ")" + context + R"(", "qas": [)" +
         qas + "]}]}]}";
}

std::string one(const std::string& answers) {
  return R"({"id": "q1", "question": "Who?", "answers": [)" + answers + "]}";
}

}  // namespace

TEST_CASE("questions: code points become bytes, paragraphs are shared") {
  const std::vector<ReadingQuestion> read = questions(squad(
      "\u00E9\U0001F600 b\\u00e9 b", one(R"({"text": "b", "answer_start": 6}, {"text": "bé", "answer_start": 3})") +
                                         R"(, {"id": "q2", "question": "No?", "answers": [], "is_impossible": true,
                                                         "plausible_answers": [{"text": "x", "answer_start": 0}]})"));
  REQUIRE(read.size() == 2);
  CHECK(read[0].id == "q1");
  CHECK(read[0].question == "Who?");
  CHECK(*read[0].context == "\u00E9\U0001F600 b\u00E9 b");
  CHECK(read[0].answers[0].begin == 11);
  CHECK(read[0].answers[1].begin == 7);
  CHECK(!read[0].impossible);
  CHECK(read[1].impossible);
  CHECK(read[1].answers.empty());
  CHECK(read[0].context == read[1].context);
}

TEST_CASE("questions: an answer that is not at its start is found where it is once, or has no place") {
  TaskFileReport report;
  const std::vector<ReadingQuestion> read = questions(
      "a.json", squad("one two two", one(R"({"text": "one", "answer_start": 4}, {"text": "two", "answer_start": 5},
                                            {"text": "ten", "answer_start": 0}, {"text": "two", "answer_start": 8},
                                            {"text": "one", "answer_start": -1}, {"text": "one", "answer_start": 99},
                                            {"text": "", "answer_start": 0}, {"text": "two", "answer_start": 11})")),
      report);
  const std::vector<AnswerSpan>& answers = read.at(0).answers;
  REQUIRE(answers.size() == 8);
  CHECK(answers[0].begin == 0);
  CHECK(!answers[1].begin);
  CHECK(!answers[2].begin);
  CHECK(answers[3].begin == 8);
  CHECK(answers[4].begin == 0);
  CHECK(answers[5].begin == 0);
  CHECK(!answers[6].begin);
  CHECK(!answers[7].begin);
  CHECK(report.answers_moved.count == 3);
  CHECK(has(report.answers_moved.first, "a.json question q1: \"one\" is not at 4"));
  CHECK(report.answers_unplaced.count == 4);
  CHECK(has(report.answers_unplaced.first, "a.json question q1: \"two\" is not at 5"));
}

TEST_CASE("questions: JSON lines as datasets writes them") {
  TaskFileReport report;
  const std::string lines =
      R"({"id": 7, "title": "t", "context": "é one", "question": "q", "answers": {"text": ["one"], "answer_start": [2]}}

{"id": "b", "context": "two", "question": "q", "answers": {"text": [], "answer_start": []}}
{"context": "two", "question": "q"}
)";
  for (const char* name : {"a.jsonl", "a.json"}) {
    const std::vector<ReadingQuestion> read = questions(name, lines, report);
    REQUIRE(read.size() == 3);
    CHECK(read[0].id == "7");
    CHECK(read[0].answers.at(0).begin == 3);
    CHECK(!read[0].impossible);
    CHECK(read[1].impossible);
    CHECK(read[2].id == "3");
    CHECK(!read[2].impossible);
  }
  CHECK(questions(R"({"context": "two", "question": "q"})").size() == 1);
  CHECK(questions("a.jsonl.zst", compressed(lines), report).size() == 3);
  CHECK(report.lines().empty());
}

TEST_CASE("questions: null is not said") {
  TaskFileReport report;
  const auto read = questions("a.jsonl", R"({"context": "a", "question": "q", "answers": null, "is_impossible": null})", report);
  REQUIRE(read.size() == 1);
  CHECK(read[0].answers.empty());
  CHECK_FALSE(read[0].impossible);
}

TEST_CASE("questions: of an article, or an id that comes twice, what does not serve is left out alone where it may") {
  TaskFileReport report;
  report.row_faults.emplace();
  const std::string good = R"({"id": "2", "question": "q", "answers": []})";
  const auto read = questions("a.json", squad("a", R"({"id": "1"}, )" + good + ", " + good), report);
  REQUIRE(read.size() == 1);
  CHECK(read[0].id == "2");
  REQUIRE(report.row_faults->size() == 2);
  CHECK(report.row_faults->at(0).rows_before == 0);
  CHECK(report.row_faults->at(1).rows_before == 1);
  CHECK(has(report.row_faults->at(1).why, "the id \"2\" comes twice"));
  TaskFileReport none;
  none.row_faults.emplace();
  CHECK(questions("a.jsonl", R"({"question": "q"})", none).empty());
  CHECK(none.row_faults->size() == 1);
}

TEST_CASE("questions: what is missing is told") {
  CHECK(has(refusal("{\"data\": [{\"paragraphs\": 1}]}"), "\"paragraphs\" must be a list, got number"));
  CHECK(has(refusal("{\"data\": [{}]}"), "neither an article of SQuAD"));
  CHECK(has(refusal("{\"data\": 7}"), "neither an article of SQuAD, with \"paragraphs\", nor a question"));
  CHECK(has(refusal("{\"data\": [7]}"), "neither an article of SQuAD"));
  CHECK(has(refusal("{\"data\": []}"), "no questions in it"));
  CHECK(has(refusal("{\"version\": 1}"), "neither an article of SQuAD"));
  CHECK(has(refusal("{\"question\": \"q\"}"), "\"context\" must be a string, got nothing"));
  CHECK(has(refusal("[]"), "no questions in it"));
  CHECK(has(refusal(squad("a", R"({"id": "1"})")), "behind question none: \"question\" must be a string, got nothing"));
  CHECK(has(refusal(squad("a", one("") + ", " + R"({"id": [], "question": "q"})")),
            "behind question q1: \"id\" must be"));
  CHECK(has(refusal(squad("a", one("7"))), "\"answers\" must hold objects"));
  CHECK(has(refusal(squad("a", one(R"({"text": "a"})"))), "\"answer_start\" must be an integer"));
  CHECK(has(refusal(squad("a", one(R"({"text": "a", "answer_start": "0"})"))), "\"answer_start\" must be an integer"));
  CHECK(has(refusal(squad("a", R"({"id": "1", "question": "q", "answers": 7})")), "\"answers\" must be a list"));
  CHECK(has(refusal(squad("a", R"({"id": "1", "question": "q", "is_impossible": 1})")), "must be true or false"));
  CHECK(has(refusal(squad("a", one("") + "," + one(""))), "the id \"q1\" comes twice"));
  CHECK(has(refusal(squad("a", R"({"id": "1", "id": "2", "question": "q"})")), "duplicate key \"id\""));
  CHECK(has(refusal(squad(std::string((1 << 20) + 1, 'a'), one(""))), "\"context\" has 1048577 bytes"));
  CHECK(has(refusal(R"({"context": "a", "question": "q", "answers": {"text": ["a"], "answer_start": []}})"),
            "1 answers and 0 values of answer_start"));
  CHECK(has(refusal("{\"context\": \"a\", \"question\": \"q\"}\n{\"question\": \"q\"}\n"),
            "line 2: \"context\" must be a string"));
  CHECK(has(refusal(std::string(100000, '[')), "nested deeper than 16"));
  CHECK(has(refusal("{\"data\": \x00"), "not valid JSON"));
}

// Characters of one to three bytes, and places counted in characters.
TEST_CASE("the shared tasks: answers in twelve languages are at their places") {
  for (const std::string language : {"ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh"}) {
    const std::string text = unpacked(shared_data("multilingual/xquad/xquad." + language + ".json.xz"));
    if (text.empty()) {
      MESSAGE("skipped: no XQuAD in " << language << " in the shared data, or no xz");
      continue;
    }
    CAPTURE(language);
    TaskFileReport report;
    const std::vector<ReadingQuestion> read = questions("a.json", text, report);
    CHECK(read.size() == 1190);
    for (const ReadingQuestion& question : read) REQUIRE(question.answers.at(0).begin.has_value());
    CHECK(report.lines().empty());
  }
}

TEST_CASE("the shared tasks: questions") {
  struct File {
    std::string name;
    std::size_t questions, impossible;
  };
  for (const File& file :
       {File{"squad-v1.1-dev.articles-01-36.json", 8219, 0}, File{"squad-v1.1-dev.articles-37-48.json", 2351, 0},
        File{"squad-v2.0-dev.json", 11873, 5945}}) {
    const std::string text = unpacked(shared_data("finetune/SQuAD/" + file.name + ".xz"));
    if (text.empty()) {
      MESSAGE("skipped: no " << file.name << " in the shared data, or no xz");
      continue;
    }
    CAPTURE(file.name);
    TaskFileReport report;
    const std::vector<ReadingQuestion> read = questions(file.name, text, report);
    CHECK(read.size() == file.questions);
    std::size_t impossible = 0;
    for (const ReadingQuestion& question : read) {
      impossible += question.impossible;
      for (const AnswerSpan& answer : question.answers)
        if (answer.begin) REQUIRE(question.context->substr(*answer.begin, answer.text.size()) == answer.text);
    }
    CHECK(impossible == file.impossible);
    CHECK(report.lines().empty());
  }
}
