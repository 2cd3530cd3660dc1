#include "scoria/data/corpus.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "error_message.h"
#include "scoria/log.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

using Texts = std::vector<std::string>;

Texts documents_of(const Corpus& corpus) {
  Texts out;
  corpus.for_each_document([&](const Document& document) { out.emplace_back(document.text); });
  return out;
}

Texts documents_of(const std::string& bytes) {
  const TemporaryFolder folder;
  put_bytes(folder / "a.txt", bytes);
  return documents_of(Corpus({folder / "a.txt"}));
}

std::string refusal(const std::string& bytes) {
  const TemporaryFolder folder;
  put_bytes(folder / "a.txt", bytes);
  return error_message(ErrorKind::Input, [&] { documents_of(Corpus({folder / "a.txt"})); });
}

/// Catches the library's log for as long as it lives.
struct Warnings {
  Warnings() {
    set_log_sink([this](LogLevel, std::string_view line) { lines.emplace_back(line); });
  }
  ~Warnings() { set_log_sink({}); }
  Texts lines;
};

}  // namespace

TEST_CASE("an empty line ends a document; space around lines goes") {
  CHECK(documents_of("one\ntwo\n\n\n \t\nthree\n") == Texts{"one\ntwo", "three"});
  CHECK(documents_of("\n\n  one  \n\ttwo") == Texts{"one\ntwo"});
  CHECK(documents_of("one\r\ntwo\r\n\r\nthree\r\n") == Texts{"one\ntwo", "three"});
}

TEST_CASE("byte-order mark, NUL and broken UTF-8") {
  CHECK(documents_of("\xEF\xBB\xBFone") == Texts{"one"});
  const std::string text(1000, 'x');
  CHECK(documents_of(text + std::string("a\0b", 3)) == Texts{text + "ab"});
  const Warnings warnings;
  CHECK(documents_of(text + "a\xff" + "b\xc3") == Texts{text + "a\uFFFD" + "b\uFFFD"});
  REQUIRE(warnings.lines.size() == 1);
  CHECK(has(warnings.lines[0], "2 bytes are not UTF-8"));
}

TEST_CASE("a document knows its file and line") {
  const TemporaryFolder folder;
  put_bytes(folder / "a.txt", "\none\ntwo\n\nthree\n");
  std::vector<std::uint64_t> lines;
  Corpus({folder / "a.txt"}).for_each_document([&](const Document& document) {
    CHECK(has(std::string(document.file), "a.txt"));
    lines.push_back(document.line);
  });
  CHECK(lines == std::vector<std::uint64_t>{2, 5});
}

TEST_CASE("folders: sorted, recursive, only text, nothing hidden; the end of a file ends a document") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "sub");
  std::filesystem::create_directories(folder / ".git");
  put_bytes(folder / "b.txt", "b");
  put_bytes(folder / "a.text", "a");
  put_bytes(folder / "sub/wiki_00", "w");
  put_bytes(folder / "image.png", "\x89PNG");
  put_bytes(folder / ".hidden", "h");
  put_bytes(folder / ".git/config", "g");
  put_bytes(folder / "empty.txt", "");
  const Warnings warnings;
  const Corpus corpus({folder.path()});
  CHECK(documents_of(corpus) == Texts{"a", "b", "w"});
  CHECK(corpus.byte_count() == 3);
  REQUIRE(warnings.lines.size() == 1);
  CHECK(has(warnings.lines[0], "empty.txt: the file is empty"));
}

TEST_CASE("what is not a corpus is refused by name, with what to do") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "none");
  put_bytes(folder / "empty.txt", "");
  const auto refused = [](std::vector<std::filesystem::path> paths) {
    return error_message(ErrorKind::Input, [&] { Corpus corpus(paths); });
  };
  CHECK(has(refused({}), "no path given"));
  CHECK(has(refused({folder / "missing.txt"}), "missing.txt: no such file or folder"));
  CHECK(has(refused({folder / "none"}), "holds no text"));
  CHECK(has(refused({folder / "empty.txt"}), "empty.txt: the file is empty"));
  CHECK(has(refused({folder.path()}), "all files are empty"));
  CHECK(has(refused({"/dev/null"}), "neither a file nor a folder"));
}

TEST_CASE("what is not text is refused by its kind") {
  using namespace std::string_literals;
  CHECK(has(refusal("\xFD"
                    "7zXZ\0...."s),
            "xz -dk"));
  CHECK(has(refusal("\x1F\x8B\x08...."s), "gzip"));
  CHECK(has(refusal("\x28\xB5\x2F\xFD...."s), "zstd"));
  CHECK(has(refusal("\xFF\xFEh\0i\0"s), "UTF-16"));
  CHECK(has(refusal("text" + std::string(100, '\0')), "NUL"));
  CHECK(has(refusal(std::string(50, '\xe9') + std::string(50, 'a')), "not UTF-8"));
}

TEST_CASE("a document without end comes in parts and loses nothing") {
  const std::size_t size = std::size_t{40} << 20;
  for (const std::string& piece : Texts{"word \u00e9 ", "\u4e2d", "line\n"}) {
    std::string text;
    while (text.size() < size) text += piece;
    std::string joined;
    std::size_t parts = 0;
    for (const std::string& part : documents_of(text)) {
      ++parts;
      CHECK(part.size() <= (std::size_t{33} << 20));
      joined += part;
    }
    CHECK(parts >= 2);
    const auto is_space = [](char c) { return c == ' ' || c == '\n'; };
    text.erase(std::remove_if(text.begin(), text.end(), is_space), text.end());
    joined.erase(std::remove_if(joined.begin(), joined.end(), is_space), joined.end());
    CHECK((joined == text));
  }
}

TEST_CASE("progress reaches the end, and may stop the reading") {
  const TemporaryFolder folder;
  put_bytes(folder / "a.txt", std::string(200000, 'a') + "\n\nb\n\nc");
  put_bytes(folder / "b.txt", "b");
  const Corpus corpus({folder.path()});
  std::uint64_t last = 0;
  corpus.for_each_document([](const Document&) {},
                           [&](std::uint64_t done, std::uint64_t total) {
                             CHECK(done >= last);
                             CHECK(total == corpus.byte_count());
                             last = done;
                           });
  CHECK(last == corpus.byte_count());
  struct Stop {};
  CHECK_THROWS_AS(corpus.for_each_document([](const Document&) {}, [](std::uint64_t, std::uint64_t) { throw Stop(); }),
                  Stop);
}
