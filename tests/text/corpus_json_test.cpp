// Arrays of objects and their kin, WikiExtractor's articles, special words, and guesses that end in "it must be text".

#include <doctest/doctest.h>

#include "data/corpora/json_layout.h"
#include "error_message.h"
#include "scoria/data/corpus.h"
#include "scoria/data/token_store.h"
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
  std::uint64_t count(CorpusFinding finding) const { return report.entry(finding).count; }
  const std::string& first(CorpusFinding finding) const { return report.entry(finding).first; }
};

Reading read(const std::string& name, const std::string& bytes, const CorpusOptions& options = {}) {
  const TemporaryFolder folder;
  put_bytes(folder / name, bytes);
  const Corpus corpus({folder / name}, options);
  Reading reading{documents_of(corpus), corpus.report()};
  return reading;
}

std::string refusal(const std::string& name, const std::string& bytes, const CorpusOptions& options = {}) {
  const std::string message = error_message(ErrorKind::Input, [&] { read(name, bytes, options); });
  CHECK(message.find('\n') == std::string::npos);
  return message;
}

const std::string kArray =
    "[\n {\n  \"id\": 1,\n  \"text\": \"One.\\n\\nTwo \\u00e9\"\n },\n {\"text\": \"three\", "
    "\"meta\": [{\"text\": \"no\"}]}\n]\n";

}  // namespace

TEST_CASE("JSON: how a file holds its objects is told by its first bytes") {
  CHECK(json_layout("{\"a\": 1}\n{\"a\": 2}\n") == JsonLayout::Lines);
  CHECK(json_layout("{\"a\": 1}") == JsonLayout::Lines);
  CHECK(json_layout("{\"a\": {\"b\": 1}, \"data\": [1]}\n") == JsonLayout::Lines);
  CHECK(json_layout("{\"a\": \"an end\nin a string\"}\n{\"a\": 1}") == JsonLayout::Lines);
  CHECK(json_layout("{\"data\": [{\"a\": 1}]}\n{\"data\": [{\"a\": 1}]}") == JsonLayout::Lines);
  CHECK(json_layout(" \n[\n{\"a\": 1}]") == JsonLayout::Array);
  CHECK(json_layout("[]\n") == JsonLayout::Array);
  CHECK(json_layout("{\"version\": \"2.0\", \"data\": [{\"a\": 1}]}\n") == JsonLayout::DataArray);
  CHECK(json_layout("{\n \"x\": {},\n \"data\": [\n]}") == JsonLayout::DataArray);
  CHECK(json_layout("{\n \"a\": 1\n}\n{\n \"a\": 2\n}") == JsonLayout::Sequence);
  CHECK(json_layout("{\n \"a\": 1, \"b\": \"where the bytes en") == JsonLayout::Sequence);
  for (const char* text :
       {"", "text", "[1] Author, Title", "[SEP] text", "[ ] to do", "{curly} braces", "[{x}]", "<p>"})
    CHECK(json_layout(text) == JsonLayout::None);
}

TEST_CASE("JSON: the objects of an array are the documents, by their name, their content, and by standard input") {
  const Texts expected{"One.\nTwo \u00e9", "three"};
  CHECK(read("a.json", kArray).documents == expected);
  CHECK(read("a.jsonl", kArray).documents == expected);
  CHECK(read("a.json.zst", compressed(kArray)).documents == expected);
  CHECK(read("a.txt", kArray, {.format = CorpusFormat::Json}).documents == expected);
  CHECK(read("a.json", "{\"version\": 1, \"data\": " + kArray + ", \"more\": {\"data\": [7]}}").documents == expected);
  CHECK(read("a.json", "{\n\"text\": \"One.\\n\\nTwo \\u00e9\"}\n{\n\"text\":\n\"three\"}").documents == expected);
  CHECK(read("a.json", R"([{"body": "x"}])", {.text_field = "body"}).documents == Texts{"x"});
  {
    const StandardInput input(kArray);
    CHECK(documents_of(Corpus({"-"}, {.format = CorpusFormat::Json})) == expected);
  }
  const TemporaryFolder folder;
  put_bytes(folder / "part0.json", kArray);
  put_bytes(folder / "part1.json", kArray);
  CHECK(documents_of(Corpus({folder.path()})).size() == 4);
}

TEST_CASE("JSON: a document of an array knows its line") {
  const TemporaryFolder folder;
  put_bytes(folder / "a.json", kArray);
  std::vector<std::uint64_t> lines;
  Corpus({folder / "a.json"}).for_each_document([&](const Document& document) { lines.push_back(document.line); });
  CHECK(lines == std::vector<std::uint64_t>{2, 6});
}

TEST_CASE("JSON: an entry without the text is passed over and counted, in an array as on lines") {
  const Reading reading = read("a.json", R"([{"text": "a"}, {"body": "b"}, 7, ["x"], {"text": null}, {"text": "c"}])");
  CHECK(reading.documents == Texts{"a", "c"});
  CHECK(reading.count(CorpusFinding::NoTextField) == 4);
  CHECK(has(reading.first(CorpusFinding::NoTextField), "a.json line 1: it has body"));
  CHECK(has(
      refusal("a.json", R"([{"body": "b"}, {"body": "c"}])"),
      "none of its first 2 entries is a JSON object with a string \"text\"; line 1: it has body; give the field's"));
  CHECK(has(refusal("a.json", "[]"), "no words in it"));
}

TEST_CASE("JSON: a broken array is an error with its place") {
  CHECK(has(refusal("a.json", "[{\"text\": \"a\"},\n {\"text\": \"b\"\n"),
            "its JSON is broken in line 3, byte 1 of the line: the file ends, expected '}'"));
  CHECK(has(refusal("a.json", "[{\"text\": \"a\"}\n {\"text\": \"b\"}]"),
            "broken in line 2, byte 2 of the line: '{', expected"));
  CHECK(has(refusal("a.json", "[{\"text\": \"a\"}]\nmore"), "broken in line 2"));
  CHECK(has(refusal("a.json", "[{\"text\": \"a\nb\"}]"), "the line ends inside a string"));
  CHECK(has(refusal("a.json", "[{\"text\": \"a\"},]"), "broken in line 1"));
  CHECK(has(refusal("a.json", "{\"data\": [{\"text\": \"a\"}], \"x\" 7}"), "broken in line 1"));
  const std::string whole = "[{\"text\": \"" + std::string(1 << 20, 'a') + "\"}, {\"text\": \"b\"}]";
  const std::string packed = compressed(whole);
  CHECK(has(refusal("a.json.zst", packed.substr(0, packed.size() / 2)), "its JSON is broken in line 1"));
}

TEST_CASE("JSON: an array's document of any length comes in parts") {
  std::string array = "[";
  for (int i = 0; i < 3; ++i) {
    std::string text;
    while (text.size() < (5u << 20)) text += "word and word\\n";
    array += (i > 0 ? ",\n" : "") + std::string("{\"text\": \"") + text + "\"}";
  }
  const Reading reading = read("a.json", array + "]");
  CHECK(reading.documents.size() == 6);
  CHECK(reading.count(CorpusFinding::LongDocument) == 3);
}

TEST_CASE("articles: WikiExtractor's marks are borders, its title lines are left out, and blank lines end nothing") {
  const std::string text =
      "<doc id=\"12\" url=\"https://en.wikipedia.org/wiki?curid=12\" title=\"Tom & \"Jerry\"\">\r\n"
      "Tom &amp; \"Jerry\"\n\nOne.\n\nTwo.\n</doc>\n"
      "<doc id=\"13\" url=\"u\" title=\"Other\" language=\"en\" revision=\"7\">\nNot the title\nOther\n</doc>\n\n"
      "outside\n</doc>\n<doc is text\n";
  const Reading reading = read("wiki_00", text);
  CHECK(reading.documents == Texts{"One.\nTwo.", "Not the title\nOther", "outside\n</doc>\n<doc is text"});
  CHECK(reading.count(CorpusFinding::Article) == 2);
  CHECK(reading.count(CorpusFinding::CrLf) == 1);
  CHECK(has(reading.report.lines().back(), "2 articles in <doc> marks"));
  CHECK(read("a.txt", "before\n<doc id=\"1\" title=\"T\">\nT\nin\n<doc id=\"2\">\nnext").documents ==
        Texts{"before", "in", "next"});
  CHECK(read("a.txt.zst", compressed(text)).documents.size() == 3);
}

TEST_CASE("special words: they are counted with the line of the first, and are words like any other") {
  const Reading reading = read("a.txt", "one\ntwo [SEP] and [MASK]\n\n[cls] [CLS]x [UNK[PAD]");
  CHECK(reading.count(CorpusFinding::SpecialWord) == 4);
  CHECK(has(reading.first(CorpusFinding::SpecialWord), "a.txt line 2: [SEP]"));
  CHECK(has(reading.report.lines().back(), "4 words are spelled as special tokens, and are text; first: "));

  const TemporaryFolder folder;
  put_bytes(folder / "a.txt", "Two [SEP] and [MASK].\n[CLS]\n");
  std::vector<std::string> tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "two", "and",
                                  ".",     "[",     "]",     "sep",   "mask",   "cls"};
  const TokenStore store = tokenize_corpus(Corpus({folder / "a.txt"}), Tokenizer(tokens), {.thread_count = 1});
  // google-research/bert's script, whose tokenizer splits at the brackets.
  WordPieceOptions google;
  google.text.contract = TextContract::Google;
  const Encoding expected = Tokenizer(tokens, google).encode("Two [SEP] and [MASK]. [CLS]", false);
  std::vector<std::int32_t> ids;
  for (std::uint32_t t = 0; t < store.block(0).token_count(); ++t) ids.push_back(store.block(0).token(t));
  CHECK(ids == expected.ids);
  CHECK(ids == std::vector<std::int32_t>{5, 8, 10, 9, 6, 8, 11, 9, 7, 8, 12, 9});
}

TEST_CASE("guesses: what starts as JSON, HTML or XML asks before it is taken for text") {
  const auto asks = [](const std::string& bytes, const std::string& why) {
    const std::string message = refusal("a.txt", bytes);
    CAPTURE(message);
    CHECK(has(message, why));
    CHECK(has(message, "--corpus-format"));
    CHECK(read("a.txt", bytes, {.format = CorpusFormat::Text}).documents.size() == 1);
  };
  asks(kArray, "it starts as JSON does; name the file *.jsonl or *.json or give --corpus-format json, or text");
  asks("{\n\"text\": \"a\"\n}", "it starts as JSON does");
  asks("[1] A title", "it starts with '[', as a JSON array does; give --corpus-format text if it is text");
  asks("\n {x}", "it starts with '{'");
  asks("<!DOCTYPE html>\n<p>", "it is an HTML page");
  asks("\xEF\xBB\xBF<?xml version=\"1.0\"?>", "it is XML");
  asks("<mediawiki xmlns=\"x\">", "it is a MediaWiki dump; extract its text first (WikiExtractor)");
  asks("<p>text", "it starts with '<'");
  CHECK(read("a.txt", "a [1] {x} <p>").documents.size() == 1);

  using namespace std::string_literals;
  const std::pair<std::string, std::string> formats[] = {
      {"PK\x03\x04..."s, "zip archive"},
      {"PAR1\x15\x04"s, "Parquet"},
      {"%PDF-1.5\n"s, "PDF"},
      {"BZh91AY&SY"s, "bzip2"},
      {"\x1F\x8B\x08\0"s, "gzip"},
      {"\xFD"
       "7zXZ\0"s,
       "xz"},
      {"\x04\x22\x4D\x18"s, "lz4"},
      {"ARROW1\0\0"s, "Arrow"},
      {"SQLite format 3\0"s, "SQLite"},
      {"\x93NUMPY\x01"s, "NumPy"},
      {"\x80\x04\x95"s, "pickle"},
      {"{\\rtf1\\ansi"s, "RTF"},
      {"\xFF\xFEh\0"s, "UTF-16"},
      {"\xFF\xFE\0\0h\0\0\0"s, "UTF-32"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"s, "git lfs pull"},
      {std::string(257, 'a') + "ustar\0" + "00"s, "tar archive"}};
  for (const auto& [bytes, name] : formats) CHECK(has(refusal("a.txt", bytes), name));
  // What a folder holds is passed over and counted.
  const TemporaryFolder folder;
  put_bytes(folder / "a.txt", "text");
  put_bytes(folder / "b.txt", "[{\"text\": \"x\"}]");
  put_bytes(folder / "c.txt", "<html>");
  const Corpus corpus({folder.path()});
  CHECK(documents_of(corpus) == Texts{"text"});
  CHECK(corpus.report().entry(CorpusFinding::UnusableFile).count == 2);
}
