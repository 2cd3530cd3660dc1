// Task files as exports have them: arrays, comments and numbers in columns, integers for tags, several labels a text.

#include <doctest/doctest.h>

#include "error_message.h"
#include "scoria/data/task_files.h"
#include "support/standard_input.h"
#include "support/temporary_folder.h"
#include "zstd_bytes.h"

using namespace scoria;

namespace {

using Names = std::vector<std::string>;
using Sets = std::vector<std::vector<std::int32_t>>;

template <typename Read>
auto read_bytes(const std::string& name, const std::string& bytes, Read read) {
  const TemporaryFolder folder;
  put_bytes(folder / name, bytes);
  return read(folder / name);
}

struct Sentences {
  std::vector<TaggedSentence> all;
  TaskFileReport report;
  /// "word/tag word/tag" of each.
  Names shown() const {
    Names out;
    for (const TaggedSentence& sentence : all) {
      std::string& line = out.emplace_back();
      for (std::size_t i = 0; i < sentence.words.size(); ++i)
        line += (i > 0 ? " " : "") + sentence.words[i] + (sentence.tags.empty() ? "" : "/" + sentence.tags[i]);
    }
    return out;
  }
};

Sentences sentences(const std::string& name, const std::string& bytes, const TaggedSentenceOptions& options = {}) {
  Sentences read;
  read.all =
      read_bytes(name, bytes, [&](const auto& path) { return read_tagged_sentences(path, options, read.report); });
  return read;
}

std::string sentences_refusal(const std::string& name, const std::string& bytes) {
  return error_message(ErrorKind::Input, [&] { sentences(name, bytes); });
}

std::vector<LabelledText> texts(const std::string& name, const std::string& bytes,
                                const LabelledTextOptions& options = {}) {
  TaskFileReport report;
  return read_bytes(name, bytes, [&](const auto& path) { return read_labelled_texts(path, options, report); });
}

std::string texts_refusal(const std::string& name, const std::string& bytes, const LabelledTextOptions& options = {}) {
  return error_message(ErrorKind::Input, [&] { texts(name, bytes, options); });
}

/// "text|label" or "text|label+label" of each row.
Names shown(const std::vector<LabelledText>& rows) {
  Names out;
  for (const LabelledText& row : rows) {
    std::string labels = row.label;
    for (const std::string& label : row.labels.value_or(Names())) labels += (labels.empty() ? "" : "+") + label;
    out.push_back(row.first + "|" + labels);
  }
  return out;
}

}  // namespace

TEST_CASE("columns: comments before a sentence are passed over and counted, a word # stays a word") {
  const Sentences multiconer =
      sentences("a.conll",
                "# id 00-aa\tdomain=en\n# _ _ O\none _ _ B-X\n\n# id 01-aa\tdomain=en\ntwo _ _ O\n# _ _ O\n\n"
                "# _ _ B-X\n#tag _ _ O\n");
  CHECK(multiconer.shown() == Names{"#/O one/B-X", "two/O #/O", "#/B-X #tag/O"});
  CHECK(multiconer.report.comments.count == 2);
  CHECK(has(multiconer.report.lines().back(), "2 lines are comments"));
  CHECK(has(multiconer.report.comments.first, "a.conll line 1: # id 00-aa"));
  CHECK(multiconer.all[0].line == 2);
  // OntoNotes; parts of speech, which are known for tags once they have come.
  CHECK(sentences("a.conll", "#begin document (bc/x); part 000\na b c O\n\n#end document\n").shown() == Names{"a/O"});
  CHECK(sentences("a.conll", "a SYM\n\n# SYM\nb NN\n").shown() == Names{"a/SYM", "#/SYM b/NN"});
  CHECK(sentences("a.txt", "# a comment\nEU\n#\n\n#\nhere\n", {.tagged = false}).shown() == Names{"EU #", "# here"});
}

TEST_CASE("columns: a first column that counts is told, with ranges and empty nodes passed over") {
  const Sentences germeval =
      sentences("a.tsv",
                "#\thttp://de.wikipedia.org/wiki/X\t[2009-10-17]\n1\tSchartau\tB-PER\tO\n"
                "2\tsagte\tO\tO\n3\t#\tO\tO\n\n#\thttp://x\t[2010-01-01]\n1\tBerlin\tB-LOC\tB-PER\n");
  CHECK(germeval.shown() == Names{"Schartau/B-PER sagte/O #/O", "Berlin/B-LOC"});
  CHECK(has(germeval.report.lines().back(), "words are read from column 2 and tags from column 3"));
  CHECK(germeval.report.comments.count == 2);
  const std::string conllu =
      "# sent_id = 1\n# text = vámonos al "
      "mar\n1-2\tvámonos\t_\t_\t-\n1\tvamos\tir\tVERB\tO\n2\tnos\tnosotros\tPRON\tO\n"
      "2.1\tx\ty\tz\tO\n3\tmar\tmar\tNOUN\tB-LOC\n\n";
  CHECK(sentences("a.conllu", conllu).shown() == Names{"vamos/O nos/O mar/B-LOC"});
  CHECK(sentences("a.conllu", conllu, {.columns = {.tags = "4"}}).shown() == Names{"vamos/VERB nos/PRON mar/NOUN"});
  CHECK(sentences("a.conllu", conllu, {.tagged = false}).shown() == Names{"vamos nos mar"});
  CHECK(has(sentences_refusal("a.conllu", "1\ta\tX\tNOUN\n2\tb\tY\tVERB\n"), "choose it with --tag-column"));
  // A sentence that begins with the number 1 counts nothing.
  CHECK(sentences("a.conll", "1 CD B-NP O\n0 CD I-NP O\n").shown() == Names{"1/O 0/O"});
  CHECK(sentences("a.conll", "1 CD B-NP O\n").shown() == Names{"1/O"});
}

TEST_CASE("columns: a first line that names them is told and passed over") {
  for (const char* header : {"word\ttag", "Sentence\tTAG"}) {
    const Sentences read = sentences("a.tsv", std::string(header) + "\nthe\tO\nking\tB-PER\n\nparis\tB-LOC\n");
    CHECK(read.shown() == Names{"the/O king/B-PER", "paris/B-LOC"});
    REQUIRE(read.report.lines().size() == 1);
    CHECK(has(read.report.lines()[0], "line 1: it names the columns"));
  }
  CHECK(sentences("a.txt", "id word tag\n1 the O\n2 king B-PER\n\n1 paris B-LOC\n").shown() ==
        Names{"the/O king/B-PER", "paris/B-LOC"});
  CHECK(sentences("a.txt", "word NN\ntag NN\n").shown() == Names{"word/NN tag/NN"});
}

TEST_CASE("columns: an empty word keeps its place where tabs say so") {
  CHECK(sentences("a.conll", "a\tO\n\tO\nb\tB-X\n").shown() == Names{"a/O /O b/B-X"});
  CHECK(sentences("a.jsonl", R"({"tokens": ["a", "", "b"], "tags": ["O", "O", "B-X"]})").shown() ==
        Names{"a/O /O b/B-X"});
}

TEST_CASE("tags: integers are named by their place, others are refused by line") {
  const std::string array = R"([{"tokens": ["EU", "is"], "ner_tags": [1, 0]},
 {"tokens": ["x"], "labels": [2]}])";
  for (const Sentences& read : {sentences("a.json", array), sentences("a.json.zst", compressed(array)),
                                sentences("a.json", "{\"data\": " + array + "}"), sentences("a.txt", array)}) {
    CHECK(are_numbers(read.all));
    CHECK(tag_ids(read.all, {"O", "B-a", "I-a"}, "f") == Sets{{1, 0}, {2}});
    CHECK(tag_ids(read.all, {"2", "1", "0"}, "f") == Sets{{1, 2}, {0}});
    CHECK(has(error_message(ErrorKind::Input,
                            [&] {
                              tag_ids(read.all, {"O", "B-a"}, "f");
                            }),
              "f line 2: unknown tag \"2\", expected one of O, B-a, by number 0 to 1"));
  }
  CHECK(!are_numbers(sentences("a.conll", "a 1\nb O\n").all));
  CHECK(has(sentences_refusal("a.jsonl", R"({"tokens": ["EU"], "ner_tags": [0.5]})"), "must be a list of strings"));
}

TEST_CASE("labels: compared without case where that is unambiguous") {
  const std::vector<LabelledText> rows = texts("a.tsv", "sentence\tlabel\na\tentailment\nb\tÄRGER\n");
  CHECK(label_ids(rows, {"ärger", "ENTAILMENT"}, "f") == std::vector<std::int32_t>{1, 0});
  CHECK(label_ids(rows, {"ÄRGER", "Entailment", "entailment"}, "f") == std::vector<std::int32_t>{2, 0});
  CHECK(has(error_message(ErrorKind::Input,
                          [&] {
                            label_ids(rows, {"ÄRGER", "Entailment", "ENTAILMENT"}, "f");
                          }),
            "f line 2: unknown label \"entailment\""));
  CHECK(in_known_order({"b", "a"}, {"A", "B"}) == Names{"A", "B"});
  CHECK(in_known_order({"a", "A"}, {"A", "a"}) == Names{"A", "a"});
  CHECK(in_known_order({"a", "A"}, {"B", "b"}) == Names{"a", "A"});
  CHECK(in_known_order({"a", "b"}, {"A", "B", "C"}) == Names{"A", "B", "C"});
  CHECK(in_known_order({"b"}, {"a", "b"}) == Names{"a", "b"});
  CHECK(in_known_order({"a", "d"}, {"A", "B", "C"}) == Names{"a", "d"});
  CHECK(in_known_order({"a"}, {}) == Names{"a"});
  CHECK(in_known_order({"0", "1"}, {"no", "yes"}) == Names{"no", "yes"});
  CHECK(in_known_order({"0", "2"}, {"no", "yes"}) == Names{"0", "2"});
}

TEST_CASE("several labels a text: lists of names, of numbers, of 0 and 1") {
  const std::vector<LabelledText> names = texts("a.jsonl", R"({"text": "a", "labels": []}
{"text": "b", "labels": ["toxic"]}
{"text": "c", "labels": ["rude", "ok", "rude"]})");
  CHECK(shown(names) == Names{"a|", "b|toxic", "c|rude+ok"});
  CHECK(has_label_lists(names));
  CHECK(label_names(names) == Names{"ok", "rude", "toxic"});
  CHECK(label_sets(names, {"toxic", "Rude", "ok"}, "f") == Sets{{}, {0}, {1, 2}});
  CHECK(has(error_message(ErrorKind::Input,
                          [&] {
                            label_sets(names, {"toxic", "ok"}, "f");
                          }),
            "f line 3: unknown label"));

  const std::vector<LabelledText> flags =
      texts("a.json", R"([{"text": "a", "labels": [1.0, 1.0, 0.0]}, {"text": "b", "labels": [false, true, false]}])");
  CHECK(shown(flags) == Names{"a|0+1", "b|1"});
  CHECK(label_names(flags) == Names{"0", "1", "2"});
  CHECK(in_known_order(label_names(flags), {"toxic", "rude", "ok"}) == Names{"toxic", "rude", "ok"});
  CHECK(label_sets(flags, {"toxic", "rude", "ok"}, "f") == Sets{{0, 1}, {1}});

  const std::vector<LabelledText> numbers = texts("a.jsonl", R"({"text": "a", "labels": [27]}
{"text": "b", "labels": [3, 10]})");
  CHECK(label_names(numbers) == Names{"3", "10", "27"});
  CHECK(!numbers[0].all_labels);
  CHECK(shown(texts("a.csv", "text,labels\na,\"['x', 'y']\"\nb,[]\n")) == Names{"a|x+y", "b|"});

  CHECK(has(texts_refusal("a.jsonl", "{\"text\": \"a\", \"labels\": [\"x\"]}\n{\"text\": \"b\", \"labels\": \"x\"}"),
            "line 2: a list of labels and a single one in one file"));
  CHECK(has(texts_refusal("a.jsonl", R"({"text": "a", "labels": [0.5, 1]})"), "0 and 1; got 0.5"));
  CHECK(has(texts_refusal("a.csv", "text,labels\na,[x]\n"), "the list of labels"));
  CHECK(
      has(error_message(ErrorKind::Input, [&] { label_scores(names, "f"); }), "the label is a list and is no number"));
}

TEST_CASE("several labels a text: columns of 0 and 1") {
  const std::string csv = "id,comment_text,toxic,rude,none\n00a,\"x, y\",1,0,0\n00b,z,0,0,0\n00c,w,1,1,0\n";
  for (const LabelledTextOptions& options :
       {LabelledTextOptions{}, LabelledTextOptions{.columns = {.label = "toxic,rude,none"}}}) {
    const std::vector<LabelledText> rows = texts("a.csv", csv, options);
    CHECK(shown(rows) == Names{"x, y|toxic", "z|", "w|toxic+rude"});
    CHECK(label_names(rows) == Names{"toxic", "rude", "none"});
  }
  CHECK(label_names(texts("a.csv", csv, {.columns = {.label = "none, toxic"}})) == Names{"none", "toxic"});
  CHECK(shown(texts("a.csv", csv, {.columns = {.label = "toxic"}})) == Names{"x, y|1", "z|0", "w|1"});
  CHECK(shown(texts("a.jsonl", R"({"text": "a", "joy": 1, "fear": false, "id": "x"})")) == Names{"a|joy"});
  CHECK(has(texts_refusal("a.csv", "text,a,b\nx,0,1\ny,0,7\n"), "line 3: \"b\" is 7, expected 0 or 1"));
  CHECK(has(texts_refusal("a.csv", "text,a,b\nx,0,word\n"),
            "choose it with --label-column (and there are no two columns of 0 and 1)"));
  // The test set of toxic-comments has -1 where nobody has judged.
  std::string unjudged = "text,a,b\nx,0,1\ny,-1,-1\n";
  CHECK(shown(texts("a.csv", unjudged)) == Names{"x|b"});
}

TEST_CASE("several labels a text: a column that numbers the rows is none of 0 and 1") {
  TaskFileReport report;
  const auto rows = read_bytes("a.csv", ",text,a,b\n0,the,1,0\n1,king,0,1\n2,boat,1,1\n",
                               [&](const auto& path) { return read_labelled_texts(path, {}, report); });
  REQUIRE(rows.size() == 3);
  CHECK(*rows[0].all_labels == Names{"a", "b"});
  CHECK(*rows[2].labels == Names{"a", "b"});
}

TEST_CASE("tables: what starts as JSON, HTML or an archive is not taken for one") {
  CHECK(has(texts_refusal("a.txt", "[1] x\ty\n"), "starts with '['"));
  CHECK(has(texts_refusal("a.txt", "<html>"), "an HTML page; extract its text first; give --format tsv"));
  CHECK(has(texts_refusal("a.csv", "PK\x03\x04"), "zip archive"));
  CHECK(shown(texts("a.txt", "[1] x\t0\n", {{.text = "1", .label = "2"}, TextFileFormat::Tsv})) == Names{"[1] x|0"});
  CHECK(has(sentences_refusal("a.conll", "<p> O\n"), "give --format columns"));
  CHECK(sentences("a.conll", "< O\n", {.format = TaggedFileFormat::Columns}).shown() == Names{"</O"});
}

TEST_CASE("arrays of a task: every row with its line, damage with its place, by standard input too") {
  const std::string array = "[\n{\"text\": \"a\", \"label\": 1},\n{\"text\": \"b\\n]\\\"\",\n \"label\": \"x\"}\n]";
  const std::vector<LabelledText> rows = texts("a.json", array);
  CHECK(shown(rows) == Names{"a|1", "b\n]\"|x"});
  CHECK(rows[0].line == 2);
  CHECK(rows[1].line == 3);
  {
    const StandardInput input(array);
    TaskFileReport report;
    CHECK(shown(read_labelled_texts("-", {}, report)) == shown(rows));
  }
  const auto broken = [&](const std::string& bytes, const std::string& why) {
    const std::string message = texts_refusal("a.json", bytes);
    CAPTURE(message);
    CHECK(has(message, why));
  };
  broken("[{\"text\": \"a\", \"label\": 1}\n{}]", "line 2: its JSON is broken here: '{', expected ','");
  broken("[{\"text\": \"a\", \"label\": 1},\n]", "line 2: its JSON is broken here: ']', expected a value");
  broken("[{\"text\": \"a\", \"label\": 1},\n {\"text\": \"b", "line 2: ");
  broken("[{\"text\": \"a\", \"label\": 1}", "the file ends, expected ','");
  broken("[{\"text\": \"a\", \"label\": 1}] x", "'x', expected the end of the file");
  broken("[{\"text\": \"a\", \"label\" 1}]", "a.json line 1: the value");
  broken("[{\"text\": \"a\", \"label\": 1}, 7]", "a JSON object was expected");
  CHECK(shown(texts("a.json", "{\"v\": 1, \"data\": [{\"text\": \"a\", \"label\": 1}], \"n\": [{}]}")) == Names{"a|1"});
  broken("{\"data\": [{\"text\": \"a\", \"label\": 1}], 7: 1}", "expected '\"'");
}

TEST_CASE("questions: records in an array, in data, over several lines, with answers as columns, objects, or one") {
  const auto ids = [](const std::string& bytes) {
    TaskFileReport report;
    Names out;
    for (const ReadingQuestion& question :
         read_bytes("a.json", bytes, [&](const auto& path) { return read_questions(path, report); }))
      out.push_back(question.id + ":" + (question.answers.empty() ? "-" : question.answers[0].text));
    CHECK(report.lines().empty());
    return out;
  };
  const std::string a =
      R"({"id": "a", "context": "one two", "question": "q", "answers": {"text": ["two"], "answer_start": [4]}})";
  const std::string b = R"({"id": "b", "context": "one two",
 "question": "q", "answers": [{"text": "one", "answer_start": 0}]})";
  const std::string c =
      R"({"id": "c", "context": "one", "question": "q", "answers": {"text": "one", "answer_start": 0}})";
  const Names expected{"a:two", "b:one", "c:one"};
  CHECK(ids("[" + a + ",\n" + b + ", " + c + "]") == expected);
  CHECK(ids("{\"version\": \"2.0\", \"data\": [" + a + "," + b + "," + c + "]}") == expected);
  CHECK(ids(b + "\n" + b.substr(0, 8) + "x" + b.substr(9)) == Names{"b:one", "x:one"});
}
