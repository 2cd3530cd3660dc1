// JSON lines, zstd and standard input.

#include <doctest/doctest.h>

#include "error_message.h"
#include "scoria/data/corpus.h"
#include "support/corpus_texts.h"
#include "support/standard_input.h"
#include "support/temporary_folder.h"
#include "zstd_bytes.h"

using namespace scoria;

namespace {

using Texts = std::vector<std::string>;

struct Reading {
  Texts documents;
  CorpusReport report;
  const CorpusReport::Entry& found(CorpusFinding finding) const { return report.entry(finding); }
};

Reading read(const std::string& name, const std::string& bytes, const CorpusOptions& options = {}) {
  const TemporaryFolder folder;
  put_bytes(folder / name, bytes);
  const Corpus corpus({folder / name}, options);
  Reading reading{documents_of(corpus), corpus.report()};
  return reading;
}

std::string refusal(const std::string& name, const std::string& bytes, const CorpusOptions& options = {}) {
  return error_message(ErrorKind::Input, [&] { read(name, bytes, options); });
}

// The first line makes the file one that is used; `line` is the second.
void check_bad_line(const std::string& line, const std::string& why) {
  CAPTURE(line);
  const Reading reading =
      read("a.jsonl", "{\"text\": \"one\"" + std::string(100, ' ') + "}\n" + line + "\n{\"text\": \"three\"}");
  CHECK(reading.documents == Texts{"one", "three"});
  CHECK(reading.found(CorpusFinding::BadJsonLine).count == 1);
  CAPTURE(reading.found(CorpusFinding::BadJsonLine).first);
  CHECK(has(reading.found(CorpusFinding::BadJsonLine).first, "a.jsonl line 2: " + why));
}

}  // namespace

TEST_CASE("JSON lines: an object is a document, whatever else it holds") {
  CHECK(read("a.jsonl", R"({"text": "One.\n\nTwo.  \n three"}
{"id": -1.5e+3, "tags": [], "meta": {"text": "no", "x": [1, {"y": null}], "e": {}}, "text" : "four" , "t": true}

  { "text": "\"\\\/\b\f\r\t\u0041\u00e9\u4e2d\ud83d\ude00 end", "more": "x" }
{"text": ""}
)")
            .documents == Texts{"One.\nTwo.\nthree", "four", "\"\\/\b\f\r\tA\u00e9\u4e2d\U0001F600 end"});
  CHECK(read("a.ndjson", "\xEF\xBB\xBF{\"text\": \"a\"}\r\n{\"text\": \"b\"}\r\n").documents == Texts{"a", "b"});
  CHECK(read("a.txt", "{\"text\": \"a\"}", {.format = CorpusFormat::Json}).documents == Texts{"a"});
  CHECK(read("a.jsonl", "{\"text\": \"a\"}", {.format = CorpusFormat::Text}).documents == Texts{"{\"text\": \"a\"}"});
  CHECK(read("a.jsonl", R"({"body": "a", "text": "b"})", {.text_field = "body"}).documents == Texts{"a"});
  CHECK(read("a.jsonl", R"({"t\u0065xt": "a"})").documents == Texts{"a"});
}

TEST_CASE("JSON lines: a document knows its line") {
  const TemporaryFolder folder;
  put_bytes(folder / "a.jsonl", "\n{\"text\": \"a\\nb\"}\n\nnone\n{\"text\": \"c\"}");
  std::vector<std::uint64_t> lines;
  Corpus({folder / "a.jsonl"}).for_each_document([&](const Document& document) { lines.push_back(document.line); });
  CHECK(lines == std::vector<std::uint64_t>{2, 5});
}

TEST_CASE("JSON lines: odd characters in the text are mended and counted") {
  const Reading reading =
      read("a.jsonl", "{\"text\": \"a\\u0000b\\ud800c\\udc00\\ud83dx\\ud83d\\ud83d\\ude00\xff \xE4\xB8\"}");
  CHECK(reading.documents == Texts{"ab\uFFFDc\uFFFD\uFFFDx\uFFFD\U0001F600\uFFFD \uFFFD\uFFFD"});
  CHECK(reading.found(CorpusFinding::InvalidUtf8).count == 7);
  CHECK(reading.found(CorpusFinding::Nul).count == 1);
}

TEST_CASE("JSON lines: a bad line is skipped, counted, and its first fault told by byte") {
  check_bad_line("plain text", "'p', expected '{', byte 1");
  check_bad_line("[\"text\"]", "'[', expected '{', byte 1");
  check_bad_line("{", "the line ends, expected '\"', byte 2");
  check_bad_line("{\"text\": \"b\"", "the line ends, expected '}', byte 13");
  check_bad_line("{\"text\": \"b\"}}", "'}', expected the end of the line, byte 14");
  check_bad_line("{\"text\": \"b\", }", "'}', expected '\"', byte 15");
  check_bad_line("{\"text\" \"b\"}", "'\"', expected ':', byte 9");
  check_bad_line("{\"text\": \"b", "the line ends inside a string, byte 12");
  check_bad_line("{\"text\": \"b\tc\"}", "control character 0x09 inside a string, byte 12");
  check_bad_line("{\"text\": \"\\x\"}", "a backslash that starts no escape, byte 12");
  check_bad_line("{\"text\": \"\\u00g0\"}", "\\u without four hexadecimal digits, byte 15");
  check_bad_line("{\"n\": 01, \"text\": \"b\"}", "'1', expected '}', byte 8");
  check_bad_line("{\"n\": -, \"text\": \"b\"}", "a number without a digit, byte 8");
  check_bad_line("{\"n\": 1., \"text\": \"b\"}", "a number without a digit, byte 9");
  check_bad_line("{\"n\": nul, \"text\": \"b\"}", "a word that is not null, byte 10");
  check_bad_line("{\"n\": NaN, \"text\": \"b\"}", "'N', expected a value, byte 7");
  check_bad_line("{\"n\": [1 2], \"text\": \"b\"}", "'2', expected ',' or ']', byte 10");
  check_bad_line("{\"n\": {\"a\": 1], \"text\": \"b\"}", "']', expected ',' or '}', byte 14");
  check_bad_line(std::string("{\"text\": \"b\"}\0", 14), "byte 0x00, expected the end of the line, byte 14");
  check_bad_line("{\"n\": " + std::string(2000000, '['), "nested more than 1000 deep, byte 1008");
}

TEST_CASE("JSON lines: an object without the text field is skipped and counted") {
  const Reading reading = read("a.jsonl", R"({"text": "a"}
{"body": "b", "id": 1}
{"text": null}
{"text": ["c"]}
{}
)");
  CHECK(reading.documents == Texts{"a"});
  CHECK(reading.found(CorpusFinding::NoTextField).count == 4);
  CHECK(has(reading.found(CorpusFinding::NoTextField).first, "line 2: it has body, id"));
}

TEST_CASE("JSON lines: a file of which nothing serves is refused, with what it holds") {
  CHECK(has(refusal("a.jsonl", "{\"body\": \"b\", \"id\": 1}\n"),
            "its only line is not a JSON object with a string "
            "\"text\"; line 1: it has body, id; give the field's "
            "name with --text-field"));
  CHECK(has(refusal("a.jsonl", "A text.\nNo JSON.\n"), "none of its first 2 lines"));
  std::string bad;
  for (int i = 0; i < 150; ++i) bad += "{\n  \"text\"\n}\n";
  CHECK(has(refusal("a.jsonl", bad), "none of its first 100 lines is a JSON object"));
}

TEST_CASE("JSON lines: a text without end comes in parts; found bad afterwards, they stay") {
  std::string text;
  while (text.size() < (std::size_t{10} << 20)) text += "word \\u00e9 \xE4\xB8\xAD\\n";
  const std::string start = "{\"text\": \"a\"}\n{\"text\": \"" + text;
  const Reading good = read("a.jsonl", start + "\"}\n");
  CHECK(good.documents.size() > 2);
  std::size_t size = 0;
  for (const std::string& part : good.documents) {
    CHECK(part.size() < (std::size_t{4} << 20) + (std::size_t{3} << 18));
    size += part.size() + 1;
  }
  CHECK(size == 2 + text.size() / 17 * 12);
  const Reading bad = read("a.jsonl", start + "\n{\"text\": \"z\"}");
  CHECK(bad.documents.size() == good.documents.size());
  CHECK(bad.documents.back() == "z");
  CHECK(bad.found(CorpusFinding::BadJsonLine).count == 1);
}

TEST_CASE("JSON lines: strings across the blocks in which files are read") {
  for (std::size_t before = (std::size_t{1} << 18) - 30; before < (std::size_t{1} << 18) + 2; ++before) {
    const std::string text = std::string(before - 10, 'x') + "\U0001F600\u4E2D";
    const Reading reading = read("a.jsonl", "{\"text\": \"" + text + "\\ud83d\\ude00\\n\"}\n{\"text\": \"b\"}");
    REQUIRE((reading.documents == Texts{text + "\U0001F600", "b"}));
    REQUIRE(reading.report.lines().empty());
  }
}

TEST_CASE("zstd: the documents of the file inside, by name and by content") {
  std::string text = "One.\nTwo.\n\n";
  while (text.size() < (std::size_t{5} << 20)) text += "A sentence \u4e2d " + std::to_string(text.size()) + ".\n";
  const Texts expected = read("a.txt", text).documents;
  REQUIRE(expected.size() > 2);
  CHECK((read("a.txt.zst", compressed(text)).documents == expected));
  CHECK((read("a.txt", compressed(text, 7)).documents == expected));
  // Frames in a row, an empty one and a skippable one among them, are one text.
  const std::string skippable("\x5E\x2A\x4D\x18\x04\0\0\0skip", 12);
  CHECK((read("a.zst",
              skippable + compressed(text.substr(0, 1000)) + compressed("") + skippable + compressed(text.substr(1000)))
             .documents == expected));
  CHECK(read("a.jsonl.zst", compressed("{\"text\": \"a\"}\n")).documents == Texts{"a"});
  CHECK(has(refusal("a.zst", compressed(compressed("text"))), "compressed with zstd twice"));
  CHECK(has(refusal("a.zst", compressed("\xFF\xFEh")), "UTF-16"));
}

TEST_CASE("zstd: cut anywhere, the text before is used and the place is told, or the file refused") {
  std::string text;
  for (int i = 0; i < 60000; ++i) text += "Sentence " + std::to_string(i * 7919LL % 60013) + ".\n";
  const std::string whole = compressed(text);
  bool was_used = false, was_refused = false;
  for (std::size_t size = 4; size < whole.size(); size += 1 + size / 9) {
    try {
      const Reading reading = read("a.txt.zst", whole.substr(0, size));
      was_used = true;
      REQUIRE(reading.documents.size() == 1);
      CHECK((text.starts_with(reading.documents.front())));
      const CorpusReport::Entry& found = reading.found(CorpusFinding::DamagedZstd);
      CHECK(found.count == 1);
      CHECK(has(found.first, "bytes of text came before: the file ends in the middle of a frame"));
    } catch (const Error& error) {
      was_refused = true;
      CHECK(error.kind() == ErrorKind::Input);
      CHECK(has(error.what(), "no text comes out of the zstd file"));
    }
  }
  CHECK(was_used);
  CHECK(was_refused);
}

TEST_CASE("zstd: damage inside is found by its checksum or before, and what follows a frame must be one") {
  std::string text;
  for (int i = 0; i < 60000; ++i) text += "Sentence " + std::to_string(i * 7919LL % 60013) + ".\n";
  std::string damaged = compressed(text);
  damaged[damaged.size() - 1] ^= 1;
  CHECK(has(read("a.zst", damaged).found(CorpusFinding::DamagedZstd).first, "checksum"));
  CHECK(read("a.zst", compressed(text) + "junk").found(CorpusFinding::DamagedZstd).count == 1);
  CHECK(has(refusal("a.zst", compressed(text, 1, 28)), "window is larger than 128 MiB"));
}

TEST_CASE("standard input: read once") {
  const StandardInput input("one\n\ntwo\n");
  const Corpus corpus({"-"});
  CHECK(corpus.is_read_once());
  CHECK(corpus.byte_count() == 0);
  CHECK(documents_of(corpus) == Texts{"one", "two"});
  CHECK(has(error_message(ErrorKind::Input, [&] { documents_of(corpus); }), "read already"));
}

TEST_CASE("standard input: kept, it is read as often as wanted") {
  std::string text;
  while (text.size() < (std::size_t{1} << 20)) text += "line " + std::to_string(text.size()) + "\n\n";
  const Texts expected = read("a.txt", text).documents;
  for (const std::string& bytes : Texts{text, compressed(text)}) {
    const StandardInput input(bytes);
    const Corpus corpus({"-"}, {.keep_input = true});
    CHECK(!corpus.is_read_once());
    for (int time = 0; time < 3; ++time) CHECK((documents_of(corpus) == expected));
  }
  const StandardInput input(text);
  const Corpus corpus({"-"}, {.keep_input = true});
  struct Stop {};
  CHECK_THROWS_AS(corpus.for_each_document([](const Document&) { throw Stop(); }), Stop);
  CHECK(has(error_message(ErrorKind::Input, [&] { documents_of(corpus); }), "read already"));
}

TEST_CASE("standard input: compressed, JSON lines, beside files, empty") {
  const TemporaryFolder folder;
  put_bytes(folder / "a.txt", "a");
  {
    const StandardInput input(compressed("{\"text\": \"b\"}"));
    CHECK(documents_of(Corpus({"-"}, {.format = CorpusFormat::Json})) == Texts{"b"});
  }
  {
    const StandardInput input(compressed("b"));
    CHECK(documents_of(Corpus({folder / "a.txt", "-"})) == Texts{"a", "b"});
  }
  const StandardInput input("");
  CHECK(has(error_message(ErrorKind::Input, [&] { documents_of(Corpus({"-"})); }), "corpus -: no words in it"));
}
