// Any bytes as a task file, read by the reader that the first byte chooses: what comes out is valid UTF-8 from lines
// that the file has, answers lie where they are said to, and what is refused is refused in one line of kind Input.
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "data/corpora/utf8_text.h"
#include "scoria/data/task_files.h"
#include "scoria/error.h"
#include "target.h"

using namespace scoria;

namespace {

/// Bytes as a file that has a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : file_(::memfd_create("task", MFD_CLOEXEC)) {
    SCORIA_CHECK(file_ >= 0 && ::write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
                 "memory takes the bytes");
  }
  ~MemoryFile() { ::close(file_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

void check_text(std::string_view text) {
  std::string valid;
  const Utf8Repairs repairs = append_valid_utf8(text, valid);
  SCORIA_CHECK(repairs.replaced == 0, "text is valid UTF-8");
}

void read_texts(const std::string& path, int choice, TaskFileReport& report) {
  LabelledTextOptions options;
  options.format = static_cast<TextFileFormat>(choice % 4);
  options.labelled = choice % 8 < 4;
  if (choice % 3 == 1) options.columns = {.text = "2", .label = "1"};
  if (choice % 3 == 2) options.columns = {.text = "text", .pair = "pair"};
  const std::vector<LabelledText> rows = read_labelled_texts(path, options, report);
  SCORIA_CHECK(!rows.empty(), "a file without rows is refused");
  std::int64_t line = 0;
  for (const LabelledText& row : rows) {
    check_text(row.first);
    check_text(row.second.value_or(""));
    SCORIA_CHECK(row.line >= line && row.labels.has_value() == has_label_lists(rows),
                 "rows come in order, of one kind");
    SCORIA_CHECK(row.labels || row.label.empty() != options.labelled, "a label comes where it is asked for");
    for (const std::string& label : row.labels.value_or(std::vector<std::string>())) check_text(label);
    line = row.line;
  }
  const std::vector<std::string> names = label_names(rows);
  SCORIA_CHECK(label_sets(rows, names, path).size() == rows.size(), "every label is known");
  SCORIA_CHECK(in_known_order(names, names) == names, "names are in their own order");
  if (has_label_lists(rows)) return;
  SCORIA_CHECK(label_ids(rows, names, path).size() == rows.size(), "every label is known");
  label_scores(rows, path);
}

void read_sentences(const std::string& path, int choice, TaskFileReport& report) {
  const bool tagged = choice % 2 == 0;
  const std::vector<TaggedSentence> sentences = read_tagged_sentences(
      path, {.columns = {}, .format = static_cast<TaggedFileFormat>(choice / 2 % 3), .tagged = tagged}, report);
  for (const TaggedSentence& sentence : sentences) {
    SCORIA_CHECK(!sentence.words.empty() && sentence.tags.size() == (tagged ? sentence.words.size() : 0),
                 "a tag for each word");
    for (const std::string& word : sentence.words) check_text(word);
  }
  SCORIA_CHECK(tag_ids(sentences, tag_names(sentences), path).size() == sentences.size(), "every tag is known");
}

void read_asked(const std::string& path, TaskFileReport& report) {
  for (const ReadingQuestion& question : read_questions(path, report)) {
    check_text(*question.context);
    for (const AnswerSpan& answer : question.answers)
      SCORIA_CHECK(!answer.begin || question.context->compare(*answer.begin, answer.text.size(), answer.text) == 0,
                   "an answer lies at its place");
  }
}

}  // namespace

std::vector<std::string> seeds() {
  return {"\x01sentence\tlabel\nit 's \"fun\t1\n\"bad\t0\r\n",
          "\x05"
          "0\ta\n1\tb\n",
          "\x02label,text\n1,\"a, \"\"b\"\"\nc\"\n2,d\n",
          "\x0Bpair,text,label\n\"x\ny\",\"\xFF\",3\n",
          "\x03{\"text\": \"\\u00e9\", \"label\": 1.5}\n{\"label\": \"b\", \"text\": \"c\"}\n",
          "\x80"
          "EU\tB-ORG\nis\tO\n\n-DOCSTART- O\n\na\tI-x\n",
          "\x81"
          "New York NNP\n",
          "\x82# id 1\tdomain=en\n# _ O\nx _ B-a\n\n#\thttp://x\t[2]\n",
          "\x80# sent_id = 1\n1-2\tab\t_\t_\n1\ta\tX\tO\n2\tb\tY\tB-a\n2.1\t\tZ\tO\n\n\tO\n",
          "\x80[{\"tokens\": [\"EU\", \"\"], \"ner_tags\": [1, 0]},\n {\"words\": [\"x\"], \"labels\": [\"O\"]}]",
          "\x84{\"v\": 1, \"data\": [{\"tokens\": [\"a\"], \"tags\": [2]}], \"n\": {}}",
          "\x03[{\"text\": \"a\", \"labels\": [1.0, 0, true]},\n{\"text\": \"b\", \"labels\": [0, 0, 1]}]",
          "\x03{\"text\": \"a\",\n \"labels\": [\"x\", \"y\"]}\n{\n\"text\": \"b\", \"labels\": []}",
          "\x02id,text,a,b\n1x,\"u, v\",1,0\n2x,w,True,0.0\n3x,z,-1,-1\n",
          "\x01text\tlabels\na\t['x', 'y']\nb\t[]\n",
          "\x80{\"tokens\": [\"EU\", \"is\"], \"ner_tags\": [\"B-ORG\", \"O\"]}\n",
          "\xC0{\"data\": [{\"paragraphs\": [{\"context\": \"\xC3\xA9 b b\", \"qas\": [{\"id\": \"1\", \"question\": "
          "\"q\", "
          "\"is_impossible\": false, \"answers\": [{\"text\": \"b\", \"answer_start\": 2}]}]}]}]}",
          "\xC0{\"id\": 7, \"context\": \"a b\", \"question\": \"q\", \"answers\": {\"text\": [\"b\"], "
          "\"answer_start\": [0]}}\n{\"context\": \"a\", \"question\": \"q\"}\n",
          "\xC0[{\"context\": \"a b\", \"question\": \"q\", \"answers\": {\"text\": \"b\", \"answer_start\": 2}},\n"
          "{\"context\": \"a\", \"question\": \"q\", \"answers\": [{\"text\": \"a\", \"answer_start\": 0}]}]"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const MemoryFile file(as_text(bytes, size).substr(1));
  TaskFileReport report;
  try {
    if (bytes[0] < 0x80)
      read_texts(file.path(), bytes[0], report);
    else if (bytes[0] < 0xC0)
      read_sentences(file.path(), bytes[0], report);
    else
      read_asked(file.path(), report);
  } catch (const Error& error) {
    const bool usage = error.kind() == ErrorKind::Usage;
    SCORIA_CHECK(error.kind() == ErrorKind::Input || usage, "the file is at fault");
    SCORIA_CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos, "an error is one line");
    check_text(error.what());
  }
  for (const std::string& line : report.lines()) check_text(line);
  return 0;
}
