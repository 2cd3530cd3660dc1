#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "data/task_files/json_rows.h"
#include "data/task_files/line_text.h"
#include "data/task_files/task_input.h"
#include "io/json.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxEntryBytes = std::size_t{512} << 20, kMaxContextBytes = std::size_t{1} << 20;
constexpr JsonLimits kSquadLimits{.max_depth = 16, .max_bytes = kMaxEntryBytes, .max_values = 32'000'000};

/// A context and where its characters begin.
class Passage {
 public:
  explicit Passage(const std::string& text) : text_(std::make_shared<const std::string>(text)) {
    if (text.size() > kMaxContextBytes)
      throw BadJsonRow{fmt::format("\"context\" has {} bytes, at most {} are allowed", text.size(), kMaxContextBytes)};
    for (std::size_t at = 0; at < text.size(); ++at)
      if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) begins_.push_back(static_cast<std::uint32_t>(at));
  }

  const std::shared_ptr<const std::string>& text() const { return text_; }

  bool holds(const std::string& answer, std::int64_t code_point) const {
    if (code_point < 0 || code_point >= static_cast<std::int64_t>(begins_.size())) return false;
    return text_->compare(begins_[static_cast<std::size_t>(code_point)], answer.size(), answer) == 0;
  }
  std::size_t byte_of(std::int64_t code_point) const { return begins_[static_cast<std::size_t>(code_point)]; }

  /// Where the answer occurs, if that is once.
  std::optional<std::size_t> only_place_of(const std::string& answer) const {
    const std::size_t first = text_->find(answer);
    if (first == text_->npos || text_->find(answer, first + 1) != text_->npos) return {};
    return first;
  }

 private:
  std::shared_ptr<const std::string> text_;
  std::vector<std::uint32_t> begins_;
};

const Json& list_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array())
    throw BadJsonRow{
        fmt::format("\"{}\" must be a list, got {}", name, found == object.end() ? "nothing" : found->type_name())};
  return *found;
}

/// A member that says something: test sets have null where there is no answer to give.
const Json* given(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// Questions as they are read from one file.
class QuestionFile {
 public:
  QuestionFile(const TaskInput& input, TaskFileReport& report)
      : file_(input.file()), report_(report), tally_(input, report, "questions") {}

  /// An article, paragraphs > qas, or a record that has all of a question, from its line on. Throws BadJsonRow for a
  /// record that does not serve, and for an article without paragraphs; a question in it is left out alone.
  void add(const Json& entry, std::int64_t line) {
    if (entry.contains("paragraphs")) return add_article(entry, line);
    if (!entry.contains("context") && !entry.contains("question"))
      throw BadJsonRow{"neither an article of SQuAD, with \"paragraphs\", nor a question, with its \"context\""};
    const Passage passage(string_member(entry, "context"));
    ReadingQuestion& question = add(entry, passage);
    if (!given(entry, "is_impossible"))
      question.impossible = given(entry, "answers") != nullptr && question.answers.empty();
    tally_.add_good();
  }
  void leave_out(std::int64_t line, const std::string& why) { tally_.leave_out(line, why); }

  std::vector<ReadingQuestion> take() {
    tally_.finish();
    if (questions_.empty() && !report_.row_faults) throw Error(ErrorKind::Input, fmt::format("task file {}: no questions in it", file_));
    return std::move(questions_);
  }

 private:
  void add_article(const Json& article, std::int64_t line) {
    for (const Json& paragraph : list_member(article, "paragraphs")) {
      try {
        const Passage passage(string_member(paragraph, "context"));
        for (const Json& question : list_member(paragraph, "qas")) add_question(question, passage, line);
      } catch (const BadJsonRow& bad) {
        leave_out_behind(line, bad);
      }
    }
  }
  void add_question(const Json& question, const Passage& passage, std::int64_t line) {
    try {
      add(question, passage);
      tally_.add_good();
    } catch (const BadJsonRow& bad) {
      leave_out_behind(line, bad);
    }
  }
  void leave_out_behind(std::int64_t line, const BadJsonRow& bad) {
    leave_out(line, fmt::format("SQuAD, behind question {}: {}",
                                questions_.empty() ? "none" : excerpt(questions_.back().id), bad.why));
  }

  ReadingQuestion& add(const Json& object, const Passage& passage) {
    ReadingQuestion question;
    question.id = id_of(object);
    question.question = string_member(object, "question");
    question.context = passage.text();
    if (const Json* impossible = given(object, "is_impossible")) {
      if (!impossible->is_boolean()) throw BadJsonRow{"\"is_impossible\" must be true or false"};
      question.impossible = impossible->get<bool>();
    }
    if (const Json* answers = given(object, "answers"))
      answers->is_object() ? add_columns(question, *answers, passage) : add_objects(question, *answers, passage);
    if (!ids_.insert(question.id).second)
      throw BadJsonRow{fmt::format("the id \"{}\" comes twice, and predictions go by the id; give each question its own",
                                   excerpt(question.id))};
    return questions_.emplace_back(std::move(question));
  }

  std::string id_of(const Json& object) const {
    const auto id = object.find("id");
    if (id == object.end()) return std::to_string(questions_.size() + 1);
    if (id->is_number_integer()) return id->dump();
    return string_member(object, "id");
  }

  /// [{"text", "answer_start"}], as in SQuAD.
  void add_objects(ReadingQuestion& question, const Json& answers, const Passage& passage) {
    if (!answers.is_array()) throw BadJsonRow{"\"answers\" must be a list of objects or an object of lists"};
    for (const Json& answer : answers) {
      if (!answer.is_object()) throw BadJsonRow{"\"answers\" must hold objects"};
      const auto start = answer.find("answer_start");
      place(question, string_member(answer, "text"), start == answer.end() ? Json() : *start, passage);
    }
  }

  /// {"text": [..], "answer_start": [..]}, as datasets has it; or one answer, {"text": "..", "answer_start": 7}.
  void add_columns(ReadingQuestion& question, const Json& answers, const Passage& passage) {
    if (const auto text = answers.find("text"); text != answers.end() && text->is_string())
      return add_objects(question, Json::array({answers}), passage);
    const std::vector<std::string> texts = strings_member(answers, "text");
    const Json& starts = list_member(answers, "answer_start");
    if (starts.size() != texts.size())
      throw BadJsonRow{
          fmt::format("{} answers and {} values of answer_start, expected as many", texts.size(), starts.size())};
    for (std::size_t i = 0; i < texts.size(); ++i) place(question, texts[i], starts[i], passage);
  }

  void place(ReadingQuestion& question, const std::string& text, const Json& start, const Passage& passage) {
    AnswerSpan& answer = question.answers.emplace_back(AnswerSpan{text, {}});
    if (!start.is_number_integer()) throw BadJsonRow{"\"answer_start\" must be an integer"};
    const std::int64_t code_point = start.get<std::int64_t>();
    if (!text.empty() && passage.holds(text, code_point)) {
      answer.begin = passage.byte_of(code_point);
      return;
    }
    if (!text.empty()) answer.begin = passage.only_place_of(text);
    (answer.begin ? report_.answers_moved : report_.answers_unplaced)
        .add(
            fmt::format("{} question {}: \"{}\" is not at {}", file_, excerpt(question.id), excerpt(text), code_point));
  }

  std::string file_;
  TaskFileReport& report_;
  RowTally tally_;
  std::vector<ReadingQuestion> questions_;
  std::set<std::string> ids_;
};

}  // namespace

std::vector<ReadingQuestion> read_questions(const std::filesystem::path& path, TaskFileReport& report) {
  TaskInput input(path, report);
  QuestionFile questions(input, report);
  JsonRows rows(input, json_layout_or_lines(input.start()), kSquadLimits);
  while (rows.next()) {
    try {
      questions.add(rows.object(), rows.line());
    } catch (const BadJsonRow& bad) {
      questions.leave_out(rows.line(), bad.why);
    }
  }
  return questions.take();
}

}  // namespace scoria
