#include "requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "data/corpora/json_layout.h"
#include "data/corpora/utf8_text.h"
#include "data/task_files/json_rows.h"
#include "io/file.h"
#include "line_reader.h"
#include "scoria/error.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

bool wants_pair(Task task) { return task == Task::NextSentence || task == Task::Pair; }

// A TAB apart: what a pair or a question must have, and what a regression may have.
void read_plain(std::string_view line, Task task, Request& request) {
  const bool must = wants_pair(task) || task == Task::Answer;
  const std::size_t tab = must || task == Task::Regress ? line.find('\t') : line.npos;
  request.text = line.substr(0, tab);
  if (tab != line.npos && line.find('\t', tab + 1) == line.npos) {
    request.second = line.substr(tab + 1);
  } else if (must || tab != line.npos) {
    throw Error(ErrorKind::Input, fmt::format("expected two texts apart by one TAB; --task {} reads a {}, TAB, a {}",
                                              name_of(task), task == Task::Answer ? "question" : "text",
                                              task == Task::Answer ? "context" : "second text"));
  }
}

std::string member(const Json& object, const char* key) {
  if (!object.contains(key) || !object[key].is_string())
    throw Error(ErrorKind::Input, fmt::format("\"{}\" is missing or no string; give it", key));
  return object[key].get<std::string>();
}

void read_json(std::string_view line, Task task, Request& request) {
  const Json json = Json::parse(line, nullptr, false);
  if (json.is_string() && !wants_pair(task) && task != Task::Answer) {
    request.text = json.get<std::string>();
    return;
  }
  if (!json.is_object())
    throw Error(ErrorKind::Input, task == Task::Answer ? R"(expected {"question": ..., "context": ...})"
                                                       : R"(expected {"text": ...}, with "text_b" for a pair)");
  if (json.contains("id")) request.id = json["id"];
  request.text = member(json, task == Task::Answer ? "question" : "text");
  if (task == Task::Answer) request.second = member(json, "context");
  const bool has_second = json.contains("text_b") && !json["text_b"].is_null();
  if (wants_pair(task) || has_second) request.second = member(json, "text_b");
  const bool reads_pairs = wants_pair(task) || task == Task::Answer || task == Task::Classify || task == Task::Regress;
  if (request.second && !reads_pairs)
    throw Error(ErrorKind::Input, fmt::format("\"text_b\" says nothing to --task {}; leave it out", name_of(task)));
}

/// What `read` finds; why it does not serve, where it throws.
template <typename Read>
void fill(Request& request, const Read& read, Task task) {
  try {
    read();
    if (task == Task::Answer) request.context = std::make_shared<const std::string>(*std::exchange(request.second, {}));
  } catch (const Error& error) {
    request.fault = error.what();
  }
}

class LineRequests : public RequestSource {
 public:
  LineRequests(const Settings& settings, Task task) : reader_(settings.in), task_(task), json_(settings.json_lines) {}

  std::vector<Request> next(std::size_t most) override {
    std::vector<Request> requests;
    for (const Line& line : reader_.next(most)) requests.push_back(read(line));
    return requests;
  }
  double fraction() const override { return reader_.fraction(); }

 private:
  Request read(const Line& line) {
    Request request;
    request.place = fmt::format("{}:{}", reader_.name(), line.number);
    tell_invalid(line, request.place);
    const auto read_it = [&] {
      if (line.is_too_long) throw Error(ErrorKind::Input, "a line of more than 16 MiB; is it a text, a line each?");
      (json_ ? read_json : read_plain)(line.text, task_, request);
    };
    fill(request, read_it, task_);
    return request;
  }

  // The tokenizer reads U+FFFD for them. Once: a file in another encoding has them everywhere.
  void tell_invalid(const Line& line, const std::string& place) {
    if (told_) return;
    std::string valid;
    const std::size_t replaced = append_valid_utf8(line.text, valid).replaced;
    if (replaced == 0) return;
    told_ = true;
    fmt::print(stderr,
               "predict: {}: {} bytes are not UTF-8, read as U+FFFD, and so in what follows; convert it (iconv -f ENCODING "
               "-t UTF-8)\n",
               place, replaced);
  }

  LineReader reader_;
  Task task_;
  bool json_, told_ = false;
};

class FileRequests : public RequestSource {
 public:
  explicit FileRequests(std::vector<Request> requests) : requests_(std::move(requests)) {}

  std::vector<Request> next(std::size_t most) override {
    const std::size_t count = std::min(most, requests_.size() - given_);
    const auto begin = requests_.begin() + static_cast<std::ptrdiff_t>(given_);
    given_ += count;
    return {std::make_move_iterator(begin), std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(count))};
  }
  double fraction() const override {
    return requests_.empty() ? 1 : static_cast<double>(given_) / static_cast<double>(requests_.size());
  }

 private:
  std::vector<Request> requests_;
  std::size_t given_ = 0;
};

std::string place_of(const Settings& settings, std::int64_t line) {
  return fmt::format("{}:{}", settings.task_file.string(), line);
}

bool is_json_over_lines(const Settings& settings) {
  constexpr std::size_t kLook = std::size_t{1} << 16;
  std::error_code error;
  if (!settings.json_lines || !std::filesystem::is_regular_file(settings.in, error)) return false;
  const File file = File::open(settings.in);
  std::string start(static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), kLook)), '\0');
  file.read_at(0, std::as_writable_bytes(std::span(start)));
  if (constexpr std::string_view mark = "\xEF\xBB\xBF"; start.starts_with(mark)) start.erase(0, mark.size());
  const JsonLayout layout = json_layout(start);
  return layout == JsonLayout::Array || layout == JsonLayout::DataArray || layout == JsonLayout::Sequence;
}

/// What stands in an array, or over several lines.
std::vector<Request> json_requests(const Settings& settings, Task task) {
  TaskFileReport report;
  TaskInput input(settings.in, report);
  JsonRows rows(input, json_layout(input.start()));
  std::vector<Request> requests;
  while (rows.next()) {
    Request& request = requests.emplace_back();
    request.place = fmt::format("{}:{}", settings.in.string(), rows.line());
    fill(request, [&] { read_json(input.text(), task, request); }, task);
  }
  for (const std::string& line : report.lines()) fmt::print(stderr, "{}\n", line);
  return requests;
}

std::vector<Request> table_requests(const Settings& settings, Task task, TaskFileReport& report) {
  std::vector<Request> requests;
  for (LabelledText& row : read_labelled_texts(
           settings.task_file, {.columns = settings.columns, .format = settings.format.texts(), .labelled = false},
           report)) {
    Request request;
    request.place = place_of(settings, row.line);
    request.text = std::move(row.first);
    request.second = std::move(row.second);
    if (wants_pair(task) && !request.second)
      request.fault = "one text, expected a pair; name its column with --pair-column";
    requests.push_back(std::move(request));
  }
  return requests;
}

std::vector<Request> sentence_requests(const Settings& settings, TaskFileReport& report) {
  std::vector<Request> requests;
  for (TaggedSentence& sentence : read_tagged_sentences(
           settings.task_file,
           {.columns = {.words = settings.word_column}, .format = settings.format.tagged_words(), .tagged = false},
           report)) {
    Request request;
    request.place = place_of(settings, sentence.line);
    request.words = std::move(sentence.words);
    requests.push_back(std::move(request));
  }
  return requests;
}

std::vector<Request> question_requests(const Settings& settings, TaskFileReport& report) {
  settings.format.check_questions();
  std::vector<Request> requests;
  for (ReadingQuestion& question : read_questions(settings.task_file, report)) {
    Request request;
    request.place = fmt::format("{}: question {}", settings.task_file.string(), question.id);
    request.id = std::move(question.id);
    request.text = std::move(question.question);
    request.context = std::move(question.context);
    requests.push_back(std::move(request));
  }
  return requests;
}

/// The requests with the rows that do not fit in their places.
std::vector<Request> with_faults(const Settings& settings, std::span<const RowFault> faults,
                                 std::vector<Request> requests) {
  std::vector<Request> all;
  std::size_t taken = 0;
  const auto take_up_to = [&](std::size_t end) {
    for (; taken < std::min(end, requests.size()); ++taken) all.push_back(std::move(requests[taken]));
  };
  for (const RowFault& fault : faults) {
    take_up_to(fault.rows_before);
    Request request;
    request.place = place_of(settings, fault.line);
    request.fault = fault.why;
    all.push_back(std::move(request));
  }
  take_up_to(requests.size());
  return all;
}

std::vector<Request> read_task_file(const Settings& settings, Task task) {
  TaskFileReport report;
  if (!settings.strict) report.row_faults.emplace();
  std::vector<Request> requests = task == Task::Tag      ? sentence_requests(settings, report)
                                  : task == Task::Answer ? question_requests(settings, report)
                                                         : table_requests(settings, task, report);
  for (const std::string& line : report.lines()) fmt::print(stderr, "{}\n", line);
  return report.row_faults ? with_faults(settings, *report.row_faults, std::move(requests)) : requests;
}

}  // namespace

std::unique_ptr<RequestSource> open_requests(const Settings& settings, Task task) {
  if (is_json_over_lines(settings)) return std::make_unique<FileRequests>(json_requests(settings, task));
  if (settings.task_file.empty()) return std::make_unique<LineRequests>(settings, task);
  return std::make_unique<FileRequests>(read_task_file(settings, task));
}
