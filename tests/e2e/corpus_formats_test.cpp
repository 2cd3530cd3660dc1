// The same corpus as text, as JSON lines, compressed, and by standard input, good and hostile: pretrain ends in the
// same way and trains on the same data.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/small_corpus.h"
#include "support/temporary_folder.h"
#include "text/zstd_bytes.h"

using namespace scoria;

namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

/// Each document of the text as an object on a line.
std::string to_json_lines(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", at), text.size());
    const std::string document = replaced(text.substr(at, end - at), "\n", "\\n");
    if (document.find_first_not_of("\\n ") != document.npos) out += R"({"id": 1, "text": ")" + document + "\"}\n";
    at = end + 2;
  }
  return out;
}

/// Its exit code and what it said of the corpus, without the corpus's name.
struct Ending {
  int code = -1;
  std::string said;
  bool operator==(const Ending&) const = default;
};

Ending pretrain(const std::string& corpus, const std::string& input, const std::string& format) {
  const TemporaryFolder folder;
  const ChildResult result = run_program({"/bin/sh",
                                          "-c",
                                          "exec \"$0\" \"$@\" <" + input,
                                          program_path("pretrain"),
                                          "--corpus",
                                          corpus,
                                          "--corpus-format",
                                          format,
                                          "--out",
                                          folder / "out",
                                          "--model",
                                          "tiny",
                                          "--vocab-size",
                                          "150",
                                          "--steps",
                                          "1",
                                          "--batch",
                                          "2",
                                          "--seq-len",
                                          "32",
                                          "--device",
                                          "cpu"});
  Ending ending{result.code, ""};
  for (std::size_t at = 0; at < result.talk.size();) {
    const std::size_t end = result.talk.find('\n', at);
    const std::string line = result.talk.substr(at, end - at + 1);
    if (line.starts_with("corpus") || line.starts_with("data") || line.starts_with("pretrain:")) ending.said += line;
    at = end == result.talk.npos ? end : end + 1;
  }
  const bool is_input = corpus == "-";
  ending.said = replaced(ending.said, is_input ? "corpus -:" : corpus, is_input ? "corpus NAME:" : "NAME");
  if (is_input) ending.said = replaced(ending.said, "first: -", "first: NAME");
  return ending;
}

struct Case {
  std::string name, bytes;
  int code;
  std::string said;
};

void check(const Case& c, const std::string& format) {
  const TemporaryFolder folder;
  const std::string plain = folder / "plain", packed = folder / "packed";
  put_bytes(plain, c.bytes);
  put_bytes(packed, compressed(c.bytes));
  const Ending expected = pretrain(plain, "/dev/null", format);
  CAPTURE(c.name);
  CAPTURE(expected.said);
  CHECK(expected.code == c.code);
  CHECK(expected.said.find(c.said) != std::string::npos);
  CHECK(pretrain(packed, "/dev/null", format) == expected);
  CHECK(pretrain("-", plain, format) == expected);
  CHECK(pretrain("-", packed, format) == expected);
}

std::string good_text() {
  const TemporaryFolder folder;
  write_small_corpus(folder / "corpus.txt");
  return file_bytes(folder / "corpus.txt");
}

std::string binary() {
  std::string bytes;
  for (int i = 0; i < 20000; ++i) bytes += static_cast<char>(i * 7919 >> 3);
  return bytes;
}

/// What goes wrong in text and in JSON lines alike; `good` is the corpus in the one or the other.
std::vector<Case> common_cases(const std::string& good) {
  return {
      {"good", good, 0, "data: 22 documents"},
      {"not UTF-8", replaced(good, "engine", "eng\xFFine"), 0, "are not UTF-8, read as U+FFFD; first: NAME line "},
      {"byte-order mark", "\xEF\xBB\xBF" + replaced(good, "\n", "\r\n"), 0, "1 byte-order mark dropped; first: NAME\n"},
      {"binary", binary(), 2, "NAME: not UTF-8 text: "},
      {"blank", " \n\n\n", 2, "NAME: no words in it; expected text"},
      {"one document", good.substr(0, good.find("\n\n") + 1), 2, "1 document; next-sentence prediction needs"}};
}

}  // namespace

TEST_CASE("every corpus of text by every way in") {
  for (const Case& c : common_cases(good_text())) check(c, "text");
}

TEST_CASE("every corpus of JSON lines by every way in") {
  const std::string good = to_json_lines(good_text());
  std::vector<Case> cases = common_cases(good);
  cases.pop_back();
  cases.push_back({"one document", good.substr(0, good.find('\n')), 2, "1 document; next-sentence prediction needs"});
  cases.push_back(
      {"another field", replaced(good, "\"text\"", "\"body\""), 2, "it has id, body; give the field's name"});
  cases.push_back({"half of it no JSON", good + replaced(good, "{", ""), 0,
                   "24 lines are no JSON objects, skipped; first: NAME line 25: "});
  for (const Case& c : cases) check(c, "jsonl");
}
