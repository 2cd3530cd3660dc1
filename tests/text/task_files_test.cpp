// Labelled texts, tagged sentences and questions, from files as they are found in the wild.

#include "scoria/data/task_files.h"

#include <doctest/doctest.h>

#include "error_message.h"
#include "shared_data.h"
#include "support/standard_input.h"
#include "support/temporary_folder.h"
#include "zstd_bytes.h"

using namespace scoria;

namespace {

using Names = std::vector<std::string>;

template <typename Read>
auto read_bytes(const std::string& name, const std::string& bytes, Read read) {
  const TemporaryFolder folder;
  put_bytes(folder / name, bytes);
  return read(folder / name);
}

std::vector<LabelledText> texts(const std::string& name, const std::string& bytes,
                                const LabelledTextOptions& options = {}, TaskFileReport&& report = {}) {
  return read_bytes(name, bytes, [&](const auto& path) { return read_labelled_texts(path, options, report); });
}

std::vector<LabelledText> texts(const std::string& name, const std::string& bytes, TaskFileReport& report) {
  return read_bytes(name, bytes, [&](const auto& path) { return read_labelled_texts(path, {}, report); });
}

std::string refusal(const std::string& name, const std::string& bytes, const LabelledTextOptions& options = {}) {
  return error_message(ErrorKind::Input, [&] { texts(name, bytes, options); });
}

std::vector<TaggedSentence> sentences(const std::string& name, const std::string& bytes,
                                      const TaggedSentenceOptions& options = {}) {
  TaskFileReport report;
  return read_bytes(name, bytes, [&](const auto& path) { return read_tagged_sentences(path, options, report); });
}

std::string sentences_refusal(const std::string& name, const std::string& bytes,
                              const TaggedSentenceOptions& options = {}) {
  return error_message(ErrorKind::Input, [&] { sentences(name, bytes, options); });
}

/// "first|second|label" of each row.
Names shown(const std::vector<LabelledText>& rows) {
  Names out;
  for (const LabelledText& row : rows) out.push_back(row.first + "|" + row.second.value_or("-") + "|" + row.label);
  return out;
}

/// "word/tag word/tag" of each sentence.
Names shown(const std::vector<TaggedSentence>& all) {
  Names out;
  for (const TaggedSentence& sentence : all) {
    std::string& text = out.emplace_back();
    for (std::size_t i = 0; i < sentence.words.size(); ++i)
      text += (i ? " " : "") + sentence.words[i] + (sentence.tags.empty() ? "" : "/" + sentence.tags[i]);
  }
  return out;
}

LabelledTextOptions columns(const std::string& text, const std::string& pair, const std::string& label) {
  return {.columns = {.text = text, .pair = pair, .label = label}};
}

/// Enough rows for one that does not fit to be left out.
std::string many(const std::string& row, int count = 100) {
  std::string out;
  for (int i = 0; i < count; ++i) out += row;
  return out;
}

/// A shared file, its .xz unpacked into the folder; "" where it is missing.
std::filesystem::path shared_file(const TemporaryFolder& folder, const std::string& name) {
  if (has_shared_data(name)) return shared_data(name);
  const std::string text = has_shared_data(name + ".xz") ? unpacked(shared_data(name + ".xz")) : "";
  if (text.empty()) {
    MESSAGE("skipped: no " << name << " in the shared data");
    return {};
  }
  const std::filesystem::path path = folder / std::filesystem::path(name).filename().string();
  put_bytes(path, text);
  return path;
}

}  // namespace

TEST_CASE("labelled texts: GLUE's headers are known, its quotes are characters") {
  CHECK(shown(texts("sst.tsv", "sentence\tlabel\nit 's \"fun\t1\n\"bad\t0\n")) ==
        Names{"it 's \"fun|-|1", "\"bad|-|0"});
  CHECK(
      shown(texts("mrpc.tsv", "\xEF\xBB\xBFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n1\t70\t71\tA \" b\tc\r\n")) ==
      Names{"A \" b|c|1"});
  CHECK(shown(texts("cola.tsv", "gj04\t1\t\tOne.\ngj04\t0\t*\tTwo they.\n")) == Names{"One.|-|1", "Two they.|-|0"});
  CHECK(shown(texts("rte.tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tnot_entailment\n")) ==
        Names{"a|b|not_entailment"});
  CHECK(shown(texts("stsb.tsv", "index\tgenre\tsentence1\tsentence2\tscore\n0\tx\ta\tb\t3.800\n")) ==
        Names{"a|b|3.800"});
  CHECK(shown(texts("qqp.tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n9\t1\t2\ta\tb\t0\n")) ==
        Names{"a|b|0"});
  CHECK(shown(texts("qnli.tsv", "index\tquestion\tsentence\tlabel\n0\tWho?\tShe.\tentailment\n")) ==
        Names{"Who?|She.|entailment"});
  CHECK(shown(texts("wnli.tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\t1\n")) == Names{"a|b|1"});
  CHECK(shown(texts("trec.tsv", "label\tfine\ttext\nNUM\tNUM:dist\tHow far?\n")) == Names{"How far?|-|NUM"});
}

TEST_CASE("labelled texts: MNLI has five labels and the gold one, which may be none") {
  TaskFileReport report;
  const std::string header =
      "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_"
      "parse\t"
      "sentence1\tsentence2\tlabel1\tgold_label\n";
  CHECK(shown(texts("mnli.tsv",
                    header + "0\t1\t2\tf\t()\t()\t()\t()\ta\tb\tneutral\tentailment\n" +
                        "1\t1\t2\tf\t()\t()\t()\t()\tc\td\tneutral\t-\n",
                    report)) == Names{"a|b|entailment"});
  CHECK(report.without_label.count == 1);
  CHECK(has(report.without_label.first, "mnli.tsv line 3"));
}

TEST_CASE("labelled texts: columns chosen by name or number") {
  const std::string named = "id\tbody\ttitle\tclass\n1\tb\tt\tx\n";
  CHECK(shown(texts("a.tsv", named, columns("body", "", "class"))) == Names{"b|-|x"});
  CHECK(shown(texts("a.tsv", named, columns("title", "body", "class"))) == Names{"t|b|x"});
  CHECK(shown(texts("a.tsv", named, columns("3", "2", "class"))) == Names{"t|b|x"});
  CHECK(shown(texts("a.tsv", "1\tb\tt\tx\n", columns("2", "", "4"))) == Names{"b|-|x"});
  CHECK(shown(texts("a.tsv", "sentence\tlabel\na\tb\n", columns("1", "", "2"))) == Names{"a|-|b"});
  CHECK(shown(texts("a.tsv", "sentence\tlabel\ttarget\na\tb\tc\n", columns("", "", "target"))) == Names{"a|-|c"});
  CHECK(shown(texts("a.csv", "label , text\n1, a\n")) == Names{" a|-|1"});
}

TEST_CASE("labelled texts: columns that are not found are told with those that there are") {
  const std::string file = "id\tbody\tclass\n1\tb\tx\n";
  CHECK(has(refusal("a.tsv", file), "no text is known by its name; choose it with --text-column"));
  CHECK(has(refusal("a.tsv", file), "its first row has: id | body | class"));
  CHECK(has(refusal("a.tsv", file, columns("body", "", "")),
            "no label is known by its name; choose it with --label-column"));
  CHECK(has(refusal("a.tsv", file, columns("text", "", "class")), "there is no \"text\""));
  CHECK(has(refusal("a.tsv", file, columns("4", "", "3")), "there is no column 4"));
  CHECK(has(refusal("a.tsv", file, columns("0", "", "3")), "there is no column 0"));
  CHECK(has(refusal("a.tsv", file, columns("99999999999999999999999", "", "3")), "there is no column 9"));
  CHECK(
      has(refusal("a.tsv", "x\tx\tlabel\na\tb\t1\n", columns("x", "", "")), "\"x\" comes twice, choose it by number"));
  CHECK(has(refusal("a.jsonl", "{\"body\": \"b\", \"label\": 1}\n"), "its first row has: body | label"));
  CHECK(has(refusal("a.tsv", std::string(5000, '\xE9') + "\t1\n"), "not UTF-8"));
  CHECK(has(error_message(ErrorKind::Usage, [] { texts("a.tsv", "a\n", columns("", "b", "")); }), "--text-column"));
}

TEST_CASE("labelled texts: files without labels") {
  const LabelledTextOptions unlabelled{.labelled = false};
  CHECK(shown(texts("a.txt", "One.\n\nTwo, too.\n", unlabelled)) == Names{"One.|-|", "Two, too.|-|"});
  CHECK(shown(texts("a.tsv", "index\tsentence\n0\tOne.\n", unlabelled)) == Names{"One.|-|"});
  CHECK(shown(texts("a.jsonl", "{\"premise\": \"a\", \"hypothesis\": \"b\"}\n", unlabelled)) == Names{"a|b|"});
  CHECK(has(refusal("a.tsv", "index\tsentence\n0\tOne.\n"), "no label is known"));
}

TEST_CASE("labelled texts: CSV as RFC 4180 has it") {
  CHECK(shown(texts("a.csv", "text,label\n\"a, \"\"b\"\"\nc\",1\r\nd\"e,2\n\"\",3\n")) ==
        Names{"a, \"b\"\nc|-|1", "d\"e|-|2", "|-|3"});
  const std::vector<LabelledText> rows = texts("a.csv", "text,label\n\"a\nb\",1\nc,2\n");
  CHECK(rows[0].line == 2);
  CHECK(rows[1].line == 4);
  CHECK(has(refusal("a.csv", "text,label\na,1\n\"b,2\nc,3\n"), "a.csv line 3: a quote opens here and does not close"));
  CHECK(has(refusal("a.csv", "text,label\n\"a\"b,1\n"), "a.csv line 2: text behind a closing quote"));
  CHECK(has(refusal("a.csv", "text,label\n\"a" + many("x\n", 9 << 20)), "a quote opens here"));
  CHECK(shown(texts("a.txt", "text,label\na,1\n", {.format = TextFileFormat::Csv})) == Names{"a|-|1"});
}

TEST_CASE("labelled texts: JSON lines") {
  CHECK(shown(texts("a.jsonl",
                    "{\"text\": \"a\\n\\u00e9\", \"label\": 1}\n\n{\"label\": \" b \", \"text\": \"c\"}\n"
                    "{\"text\": \"\", \"label\": 2.5}\n{\"text\": \"d\", \"label\": true}")) ==
        Names{"a\n\u00E9|-|1", "c|-|b", "|-|2.5", "d|-|true"});
  CHECK(shown(texts("a.txt", "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"label\": 0, \"idx\": 7}")) ==
        Names{"a|b|0"});
  TaskFileReport report;
  CHECK(texts("a.jsonl", "{\"text\": \"a\", \"label\": null}\n{\"text\": \"a\", \"label\": 1}\n", report).size() == 1);
  CHECK(report.without_label.count == 1);
  CHECK(
      has(refusal("a.jsonl", "{\"text\": \"a\", \"label\": 1}\nplain\n"), "a.jsonl line 2: the line: not valid JSON"));
  CHECK(has(refusal("a.jsonl", "{\"text\": \"a\", \"text\": \"b\", \"label\": 1}\n"), "duplicate key \"text\""));
  CHECK(has(refusal("a.jsonl", "{\"text\": \"a\", \"label\": 1}\n{\"text\": [1], \"label\": 1}\n"),
            "line 2: \"text\" must be a string, got [1]"));
  CHECK(has(refusal("a.jsonl", "{\"text\": \"a\", \"label\": 1}\n{\"label\": 1}\n"),
            "\"text\" must be a string, got nothing"));
  CHECK(has(refusal("a.jsonl", "[1]\n"), "a JSON object was expected"));
}

TEST_CASE("labelled texts: a row that does not fit is left out, up to one in 100") {
  const std::string header = "sentence\tlabel\n";
  CHECK(has(refusal("a.tsv", header + many("a\t1\n", 98) + "a\n"),
            "a.tsv line 100: columns: expected 2 as in the first row, got 1; mend it: 1 of 99 rows do not fit"));
  TaskFileReport report;
  CHECK(texts("a.tsv", header + many("a\t1\n", 99) + "a\tb\tc\n", report).size() == 99);
  CHECK(report.rows_left_out.count == 1);
  REQUIRE(report.lines().size() == 1);
  CHECK(has(report.lines()[0], "1 row does not fit the others, left out; first: "));
  CHECK(has(report.lines()[0], "a.tsv line 101: columns"));
}

TEST_CASE("labelled texts: odd bytes are mended and counted") {
  TaskFileReport report;
  const std::string rows =
      "sentence\tlabel\na\xFF"
      "b\t1\n" +
      std::string("c\0d\t0\n", 6) + many("abcdefghijkl\t0\n");
  const std::vector<LabelledText> read = texts("a.tsv", rows, report);
  CHECK(read[0].first == "a\uFFFDb");
  CHECK(read[1].first == "cd");
  CHECK(report.invalid_utf8.count == 1);
  CHECK(has(report.invalid_utf8.first, "a.tsv line 2"));
  CHECK(report.nul_characters.count == 1);
  CHECK(has(report.nul_characters.first, "a.tsv line 3"));
}

TEST_CASE("task files: what is no file of a task is refused") {
  CHECK(has(refusal("a.tsv", ""), "a.tsv: it is empty"));
  CHECK(has(refusal("a.tsv", "\xEF\xBB\xBF"), "it is empty"));
  CHECK(has(refusal("a.tsv", "\n\n\n"), "no rows in it"));
  CHECK(has(refusal("a.tsv", "sentence\tlabel\n"), "no rows in it"));
  CHECK(has(refusal("a.tsv", "sentence\tlabel\na\t\n"), "no rows in it that have a label, 1 without"));
  CHECK(has(refusal("a.tsv",
                    "\xFD"
                    "7zXZ" +
                        std::string(1, '\0')),
            "unpack it first (xz"));
  CHECK(has(refusal("a.tsv", std::string(100, '\0')), "NUL"));
  TaskFileReport report;
  const TemporaryFolder folder;
  CHECK(has(error_message(ErrorKind::Input, [&] { read_labelled_texts(folder / "none.tsv", {}, report); }),
            "none.tsv: there is no such file"));
  CHECK(has(error_message(ErrorKind::Input, [&] { read_questions(folder.path(), report); }), "it is a folder"));
}

TEST_CASE("task files: what a message quotes is one short line of UTF-8") {
  const std::string wild = "\x1B[31m\u4E2D" + many("\u4E2D", 60) + "\r\n";
  const std::string message = refusal("a.csv", "\"" + wild + "\",2\n");
  CHECK(has(message, "its first row has: "));
  CHECK(has(message, "[31m\u4E2D"));
  const std::vector<LabelledText> rows = texts("a.csv", "text,label\na,\"" + wild + "\"\n");
  const std::string unknown = error_message(ErrorKind::Input, [&] { label_ids(rows, {"x"}, "a.csv"); });
  CHECK(has(unknown, "\u4E2D...\", expected one of x"));
  for (const std::string& text : {message, unknown})
    for (const char c : text) CHECK((c < 0 || (c >= 0x20 && c < 0x7F)));
}

TEST_CASE("task files: a line without end stops the reading before memory is gone") {
  const TemporaryFolder folder;
  {
    std::ofstream file(folder / "a.tsv", std::ios::binary);
    const std::string block(1 << 20, 'x');
    file << "sentence\tlabel\n";
    for (int i = 0; i < 40; ++i) file << block;
  }
  std::filesystem::resize_file(folder / "a.tsv", std::uintmax_t{1} << 30);
  TaskFileReport report;
  for (const auto& read :
       {+[](const std::filesystem::path&path, TaskFileReport&found) { read_labelled_texts(path, {}, found); },
        +[](const std::filesystem::path&path, TaskFileReport&found) { read_tagged_sentences(path, {}, found); }})
    CHECK(has(error_message(ErrorKind::Input, [&] { read(folder / "a.tsv", report); }),
              "line 2: it is longer than 16 MiB"));
}

TEST_CASE("task files: zstd is unpacked, and damage inside is an error") {
  const std::string text = "sentence\tlabel\n" + many("a sentence of words\t1\n", 50000);
  CHECK(texts("a.tsv.zst", compressed(text)).size() == 50000);
  CHECK(texts("a.tsv", compressed(text)).size() == 50000);
  CHECK(shown(texts("a.csv.zst", compressed("text,label\n\"a\",1\n"))) == Names{"a|-|1"});
  const std::string whole = compressed(text);
  for (std::size_t size = 4; size < whole.size(); size += 1 + size / 9)
    CHECK(!refusal("a.tsv.zst", whole.substr(0, size)).empty());
  std::string damaged = whole;
  damaged[damaged.size() - 1] ^= 1;
  CHECK(has(refusal("a.tsv.zst", damaged), "checksum"));
}

TEST_CASE("task files: standard input") {
  TaskFileReport report;
  {
    const StandardInput input("sentence\tlabel\na\xFF\t1\n" + many("abcdefghij\t1\n"));
    CHECK(read_labelled_texts("-", {}, report).size() == 101);
    CHECK(report.invalid_utf8.first == "standard input line 2");
  }
  {
    const StandardInput input(compressed("EU\tB-ORG\n"));
    CHECK(shown(read_tagged_sentences("-", {}, report)) == Names{"EU/B-ORG"});
  }
  const StandardInput input("");
  CHECK(has(error_message(ErrorKind::Input, [&] { read_questions("-", report); }), "standard input: it is empty"));
}

TEST_CASE("task files: cut anywhere, a file is read or refused in one line") {
  const std::string csv = "text,label\n\"a, \"\"b\"\"\nc\",1\nd,2\n";
  const std::string squad = R"({"data": [{"paragraphs": [{"context": "a b", "qas": [{"id": "1", "question": "q",
    "answers": [{"text": "b", "answer_start": 2}]}]}]}]})";
  const std::string json = "{\"text\": \"\\u00e9\", \"label\": 1}\n{\"tokens\": [\"a\"], \"tags\": [\"O\"]}\n";
  TaskFileReport report;
  const auto reads = [&](const std::string& name, const std::string& bytes, auto read) {
    for (std::size_t size = 0; size <= bytes.size(); ++size) try {
        read_bytes(name, bytes.substr(0, size), read);
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Input);
        CHECK(std::string(error.what()).find('\n') == std::string::npos);
      }
  };
  const auto labelled = [&](const auto& path) { read_labelled_texts(path, {}, report); };
  const auto tagged = [&](const auto& path) { read_tagged_sentences(path, {}, report); };
  const auto asked = [&](const auto& path) { read_questions(path, report); };
  reads("a.csv", csv, labelled);
  reads("a.tsv", csv, tagged);
  for (const char* name : {"a.jsonl", "a.json"}) {
    reads(name, json, labelled);
    reads(name, json, tagged);
    reads(name, json, asked);
    reads(name, squad, asked);
  }
}

TEST_CASE("labels: names, ids and scores") {
  const std::vector<LabelledText> rows = texts("a.tsv", "sentence\tlabel\na\t10\nb\t2\nc\t10\n");
  CHECK(label_names(rows) == Names{"2", "10"});
  CHECK(label_ids(rows, {"2", "10"}, "a.tsv") == std::vector<std::int32_t>{1, 0, 1});
  CHECK(label_scores(rows, "a.tsv") == std::vector<float>{10, 2, 10});
  CHECK(label_names(texts("a.tsv", "sentence\tlabel\na\tneutral\nb\tentailment\nb\t10\n")) ==
        Names{"10", "entailment", "neutral"});
  CHECK(error_message(ErrorKind::Input,
                      [&] {
                        label_ids(rows, {"2", "3"}, "a.tsv");
                      }) ==
        "task file a.tsv line 2: unknown label \"10\", expected one of 2, 3; mend the row, or train with a file that "
        "has it");
  for (const std::string word : {"good", "1x", "nan", "inf", "1e99"})
    CHECK(has(error_message(ErrorKind::Input,
                            [&] { label_scores(texts("a.tsv", "sentence\tlabel\na\t" + word + "\n"), "a.tsv"); }),
              "line 2: the label \"" + word + "\" is no number"));
}

TEST_CASE("tagged sentences: CoNLL columns") {
  CHECK(shown(sentences("a.conll",
                        "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\nPeter NNP B-NP B-PER\n")) ==
        Names{"EU/B-ORG rejects/O", "Peter/B-PER"});
  CHECK(shown(sentences("a.conll", "New York\tB-loc\r\nis\tO\r\n\t\r\nbig\tO")) ==
        Names{"New York/B-loc is/O", "big/O"});
  CHECK(shown(sentences("a.conll", "1 EU B-ORG x\n2 is O x\n", {.columns = {.words = "2", .tags = "3"}})) ==
        Names{"EU/B-ORG is/O"});
  CHECK(shown(sentences("a.txt", "EU\nis\n\nhere\n", {.tagged = false})) == Names{"EU is", "here"});
  const std::vector<TaggedSentence> read = sentences("a.conll", "\n\na O\n\nb S-x\nc E-x\n");
  CHECK(read[0].line == 3);
  CHECK(read[1].line == 5);
}

TEST_CASE("tagged sentences: bad columns are refused with their line") {
  CHECK(has(sentences_refusal("a.conll", "EU\nis\n"), "a.conll line 1: one column, expected a word and its tag"));
  CHECK(has(sentences_refusal("a.conll", "EU B-ORG\nis\n"),
            "a.conll line 2: columns: expected 2 as in the first line, got 1"));
  CHECK(has(sentences_refusal("a.conll", "EU O\n", {.columns = {.tags = "3"}}),
            "there is no column 3; give --tag-column"));
  CHECK(has(sentences_refusal("a.conll", "EU O\n", {.columns = {.words = "x"}}),
            "give --word-column a number from 1 to 2"));
  CHECK(has(sentences_refusal("a.conll", "\n-DOCSTART- O\n\n"), "no sentences in it"));
  const std::string bad_last = many("a O\n\n", 99) + "b O\nc\nd O\n\n";
  CHECK(sentences("a.conll", bad_last).size() == 99);
}

TEST_CASE("tagged sentences: JSON lines") {
  CHECK(shown(sentences("a.jsonl", R"({"id": 1, "tokens": ["EU", "is"], "ner_tags": ["B-ORG", "O"]}
{"tags": ["O"], "words": ["x"]}
)")) == Names{"EU/B-ORG is/O", "x/O"});
  CHECK(shown(sentences("a.jsonl", R"({"w": ["EU"], "t": ["O"]})", {.columns = {"w", "t"}})) == Names{"EU/O"});
  CHECK(has(sentences_refusal("a.jsonl", R"({"tokens": ["EU"], "ner_tags": [3.5]})"),
            "line 1: \"ner_tags\" must be a list of strings, got [3.5]"));
  CHECK(has(sentences_refusal("a.jsonl", R"({"tokens": ["EU", "is"], "tags": ["O"]})"), "2 words and 1 tags"));
  CHECK(has(sentences_refusal("a.jsonl", R"({"tokens": [], "tags": []})"), "no words in it"));
  CHECK(has(sentences_refusal("a.jsonl", R"({"text": "x"})"), "choose it with --word-column; it has text"));
}

TEST_CASE("tags: O first, a type's B before its I") {
  const std::vector<TaggedSentence> read = sentences("a.conll", "a I-b\nb B-b\nc O\nd B-a\ne X\n");
  CHECK(tag_names(read) == Names{"O", "X", "B-a", "B-b", "I-b"});
  CHECK(tag_ids(read, {"O", "X", "B-a", "B-b", "I-b"}, "f") == std::vector<std::vector<std::int32_t>>{{4, 3, 0, 2, 1}});
  CHECK(has(error_message(ErrorKind::Input, [&] { tag_ids(read, {"O"}, "a.conll"); }),
            "a.conll line 1: unknown tag \"I-b\", expected one of O"));
}

TEST_CASE("the shared tasks: labelled texts") {
  const TemporaryFolder folder;
  const auto count = [&](const std::string& name, std::size_t rows, bool is_pair, const Names& labels) {
    const std::filesystem::path path = shared_file(folder, "finetune/" + name);
    if (path.empty()) return;
    CAPTURE(name);
    TaskFileReport report;
    const std::vector<LabelledText> read = read_labelled_texts(path, {}, report);
    CHECK(read.size() == rows);
    CHECK(read.front().second.has_value() == is_pair);
    CHECK(report.lines() == Names{});
    if (labels.empty())
      CHECK(label_scores(read, name).size() == rows);
    else
      CHECK(label_names(read) == labels);
  };
  count("SST-2/train.tsv", 67349, false, {"0", "1"});
  count("SST-2/dev.tsv", 872, false, {"0", "1"});
  count("CoLA/train.tsv", 8551, false, {"0", "1"});
  count("CoLA/dev.tsv", 1043, false, {"0", "1"});
  count("MRPC/train.tsv", 3668, true, {"0", "1"});
  count("MRPC/dev.tsv", 408, true, {"0", "1"});
  count("RTE/train.tsv", 2490, true, {"entailment", "not_entailment"});
  count("RTE/dev.tsv", 277, true, {"entailment", "not_entailment"});
  count("STS-B/train.tsv", 5749, true, {});
  count("STS-B/dev.tsv", 1500, true, {});
  count("TREC/train.tsv", 5452, false, {"ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"});
  count("TREC/test.tsv", 500, false, {"ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"});
  count("movie-reviews/train.tsv", 1800, false, {"0", "1"});
  count("movie-reviews/dev.tsv", 200, false, {"0", "1"});
}

TEST_CASE("the shared tasks: tagged sentences") {
  const TemporaryFolder folder;
  const auto count = [&](const std::string& name, std::size_t expected, std::size_t words, std::size_t tags) {
    const std::filesystem::path path = shared_file(folder, "finetune/" + name);
    if (path.empty()) return;
    CAPTURE(name);
    TaskFileReport report;
    const std::vector<TaggedSentence> read = read_tagged_sentences(path, {}, report);
    CHECK(read.size() == expected);
    std::size_t read_words = 0;
    for (const TaggedSentence& sentence : read) read_words += sentence.words.size();
    if (words > 0) CHECK(read_words == words);
    CHECK(tag_names(read).size() == tags);
    CHECK(report.lines() == Names{});
  };
  count("WNUT-17/train.conll", 3394, 62730, 13);
  count("WNUT-17/dev.conll", 1009, 0, 13);
  count("WNUT-17/test.conll", 1287, 0, 13);
  count("CoNLL-2003/train.conll", 14041, 203621, 9);
  count("CoNLL-2003/dev.conll", 3250, 51362, 9);
  count("CoNLL-2003/test.conll", 3453, 46435, 9);
}
