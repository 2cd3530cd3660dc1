// tokenize as a program: the same output for any number of threads, and for what is wrong one line, exit code 2 and no
// file.

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/child_process.h"

using namespace scoria;
using Json = nlohmann::json;

namespace {

struct Fixture {
  TemporaryFolder folder;
  std::string vocabulary = folder / "vocab.txt", in = folder / "in.txt", out = folder / "out.txt";

  Fixture() { put_bytes(vocabulary, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nab\n##c\ne\n.\n"); }

  ChildResult run(std::vector<std::string> arguments, const std::string& input) const {
    put_bytes(in, input);
    arguments.insert(arguments.begin(), program_path("tokenize"));
    for (const std::string& word : {std::string("--vocab"), vocabulary, std::string("--in"), in})
      arguments.push_back(word);
    return run_program(arguments);
  }

  /// Exit code 2, nothing on stdout, one line that has the words, and no output file, finished or not.
  void refuses(std::vector<std::string> arguments, const std::string& input, const std::string& words) const {
    arguments.insert(arguments.end(), {"--out", out});
    const ChildResult result = run(arguments, input);
    CAPTURE(result.talk);
    CHECK(result.code == 2);
    CHECK(result.output.empty());
    CHECK(std::count(result.talk.begin(), result.talk.end(), '\n') == 1);
    CHECK(result.talk.find(words) != std::string::npos);
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      CHECK(entry.path().filename().string().find("out.txt") == std::string::npos);
  }
};

}  // namespace

TEST_CASE("tokenize encode: tokens, ids, JSON") {
  const Fixture fixture;
  CHECK(fixture.run({"encode"}, "abc A.\r\n\nx").output == "[CLS] ab ##c a . [SEP]\n[CLS] [SEP]\n[CLS] [UNK] [SEP]\n");
  CHECK(fixture.run({"encode", "--ids", "--no-special"}, "abc b\n").output == "7 8 6\n");
  CHECK(
      fixture.run({"encode", "--json"}, "\u00e9 [MASK]\n").output ==
      "{\"ids\":[2,9,4,3],\"tokens\":[\"[CLS]\",\"e\",\"[MASK]\",\"[SEP]\"],\"offsets\":[[0,0],[0,1],[2,8],[0,0]]}\n");
  const Json windows = Json::parse(fixture
                                       .run({"encode", "--json", "--masks", "--byte-offsets", "--pairs", "--truncate",
                                             "only_second", "--max-length", "6", "--stride", "1", "--pad", "7"},
                                            "\u00e9\ta b e\n")
                                       .output);
  CHECK(windows["ids"] == Json{2, 9, 3, 5, 6, 3, 0});
  CHECK(windows["segments"] == Json{0, 0, 0, 1, 1, 1, 0});
  CHECK(windows["attention_mask"] == Json{1, 1, 1, 1, 1, 1, 0});
  CHECK(windows["special_tokens_mask"] == Json{1, 0, 1, 0, 0, 1, 1});
  CHECK(windows["offsets"][1] == Json{0, 2});
  CHECK(windows["overflow"][0]["ids"] == Json{2, 9, 3, 6, 9, 3, 0});
  CHECK(Json::parse(
            fixture.run({"encode", "--json", "--json-lines"}, R"({"text": "a\nb", "text_b": "e"})").output)["ids"] ==
        Json{2, 5, 6, 3, 9, 3});
}

TEST_CASE("tokenize: the same output on any number of threads; decode turns encode round") {
  const Fixture fixture;
  std::string text;
  for (int i = 0; i < 60000; ++i) text += i % 7 ? "a b abc e\n" : "ab.\n";
  const std::string one = fixture.run({"encode", "--ids", "--threads", "1"}, text).output;
  CHECK(std::count(one.begin(), one.end(), '\n') == 60000);
  CHECK(fixture.run({"encode", "--ids", "--threads", "5"}, text).output == one);
  const std::string longest = fixture.run({"encode", "--ids", "--pad", "longest", "--threads", "1"}, text).output;
  CHECK(fixture.run({"encode", "--ids", "--pad", "longest", "--threads", "3"}, text).output == longest);
  CHECK(fixture.run({"decode", "--threads", "2"}, one).output == text);
}

TEST_CASE("tokenize inspect tells what normalization did") {
  const Fixture fixture;
  const Json row = Json::parse(fixture.run({"inspect", "--json"}, "\u00c9\u200b\u00a0\u4e2d\n").output);
  CHECK(row["normalized"] == "e \u4e2d");
  CHECK(row["changed"] == 2);
  CHECK(row["removed"] == 1);
  CHECK(row["added"] == 2);
  CHECK(row["changes"][0] == Json{{"what", "changed"}, {"byte", 0}, {"from", "U+00C9"}, {"to", "U+0065"}});
  CHECK(row["byte_offsets"] == Json{{0, 0}, {0, 2}, {7, 10}, {0, 0}});
  const std::string text = fixture.run({"inspect"}, "\u00c9\n").output;
  CHECK(text.find("changed  U+00C9 -> U+0065") != std::string::npos);
}

TEST_CASE("tokenize: a line that cannot be read is told and keeps its place, the rest is done, the exit code is 2") {
  const Fixture fixture;
  const ChildResult decoded = fixture.run({"decode"}, "5 6\n\n5 x7\n5\n11\n6\n");
  CHECK(decoded.code == 2);
  const std::string first = fixture.run({"decode"}, "5 6\n").output, one = fixture.run({"decode"}, "5\n").output;
  CHECK(decoded.output == first + "\n\n" + one + "\n" + fixture.run({"decode"}, "6\n").output);
  CHECK(decoded.talk.find("in.txt:3: \"x7\" is not an id") != std::string::npos);
  CHECK(decoded.talk.find("in.txt:5: id 11 is outside") != std::string::npos);
  CHECK(decoded.talk.ends_with("tokenize: 2 lines could not be read, the rest is done; --strict ends at the first\n"));

  for (const char* padding : {"longest", "8"}) {
    CAPTURE(padding);
    const std::vector<std::string> options{"encode", "--pairs", "--ids", "--pad", padding};
    const ChildResult encoded = fixture.run(options, "a\tb\na b\na b\ta\n");
    CHECK(encoded.code == 2);
    const std::string both = fixture.run(options, "a\tb\na b\ta\n").output;
    const std::size_t end = both.find('\n') + 1;
    CHECK(encoded.output == both.substr(0, end) + "\n" + both.substr(end));
  }
  const ChildResult json = fixture.run({"encode", "--json-lines", "--json"}, "\"a\"\n{\"text\": 1}\n\"\xff\n\"b\"\n");
  CHECK(json.code == 2);
  CHECK(json.output.find("\n{\"error\":\"\\\"text\\\" must be a string\"}\n{\"error\":") != std::string::npos);
  CHECK(std::count(json.output.begin(), json.output.end(), '\n') == 4);
}

TEST_CASE("tokenize --strict refuses bad input by file and line") {
  const Fixture fixture;
  fixture.refuses({"decode", "--strict"}, "5 6\n\n5 x7\n", "in.txt:3: \"x7\" is not an id; give numbers apart by spaces");
  fixture.refuses({"decode", "--strict"}, "5\n11\n", "in.txt:2: id 11 is outside the vocabulary of 11 tokens");
  fixture.refuses({"encode", "--strict", "--pairs"}, "a\tb\na b\n", "in.txt:2: expected two texts apart by one TAB");
  fixture.refuses({"encode", "--strict", "--json-lines"}, "\"a\"\n{\"text\": 1\n", "in.txt:2: expected a JSON string or");
  fixture.refuses({"encode", "--strict", "--json-lines"}, "{\"text\": 1}\n", "in.txt:1: \"text\" must be a string");
  fixture.refuses({"encode", "--strict", "--truncate", "only_second"}, "a\n" + std::string(2000, '.') + "\n",
                  "in.txt:2: encode: only the second text may be truncated");
  put_bytes(fixture.vocabulary, "[PAD]\n[UNK]\n[SEP]\n[MASK]\na\n");
  fixture.refuses({"encode"}, "a\n", "[CLS] is missing");
  const ChildResult missing = run_program({program_path("tokenize"), "encode", "--vocab", fixture.folder / "none"});
  CHECK(missing.code == 2);
}
