#include "scoria/data/corpus.h"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "error_message.h"
#include "support/corpus_texts.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

using Texts = std::vector<std::string>;

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

/// What a corpus of this folder reports when it is read.
CorpusReport report_of(const std::filesystem::path& path) {
  const Corpus corpus({path});
  documents_of(corpus);
  return corpus.report();
}

/// Root may read everything; for as long as this lives, the process is nobody.
struct Unprivileged {
  Unprivileged() {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) MESSAGE("cannot become another user");
  }
  ~Unprivileged() { is_root_ &= ::seteuid(0) == 0; }

 private:
  bool is_root_ = ::getuid() == 0;
};

}  // namespace

TEST_CASE("an empty line ends a document; space around lines goes") {
  CHECK(documents_of("one\ntwo\n\n\n \t\nthree\n") == Texts{"one\ntwo", "three"});
  CHECK(documents_of("\n\n  one  \n\ttwo") == Texts{"one\ntwo"});
  CHECK(documents_of("one\r\ntwo\r\n\r\nthree\r\n") == Texts{"one\ntwo", "three"});
}

TEST_CASE("byte-order mark, NUL, CR LF and broken UTF-8 are mended and counted") {
  const TemporaryFolder folder;
  const std::string text(1000, 'x');
  put_bytes(folder / "a.txt",
            "\xEF\xBB\xBFone\r\ntwo\n\n" + text + "a\xff" + "b\xc3" + "\n" + std::string("a\0b\r\n", 5));
  const Corpus corpus({folder / "a.txt"});
  CHECK(documents_of(corpus) == Texts{"one\ntwo", text + "a\uFFFD" + "b\uFFFD" + "\nab"});
  const auto found = [&](CorpusFinding finding) { return corpus.report().entry(finding); };
  CHECK(found(CorpusFinding::ByteOrderMark).count == 1);
  CHECK(found(CorpusFinding::CrLf).count == 2);
  CHECK(has(found(CorpusFinding::CrLf).first, "a.txt line 1"));
  CHECK(found(CorpusFinding::InvalidUtf8).count == 2);
  CHECK(has(found(CorpusFinding::InvalidUtf8).first, "a.txt line 4"));
  CHECK(found(CorpusFinding::Nul).count == 1);
  CHECK(has(found(CorpusFinding::Nul).first, "a.txt line 5"));
  const Texts lines = corpus.report().lines();
  REQUIRE(lines.size() == 4);
  CHECK(has(lines[0], "corpus: 2 bytes are not UTF-8, read as U+FFFD; first: "));
  CHECK(documents_of(corpus).size() == 2);
  CHECK(found(CorpusFinding::InvalidUtf8).count == 2);
}

TEST_CASE("UTF-8 that ends too early, is overlong, a surrogate or beyond Unicode, at the end of a block too") {
  const std::string text(999, 'x');
  for (const std::string& bad : Texts{"\xC3", "\xE4\xB8", "\xF0\x9F\x98", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                                      "\xF4\x90\x80\x80", "\xFF", "\x80"}) {
    std::string mended;
    for (std::size_t i = 0; i < bad.size(); ++i) mended += "\uFFFD";
    CHECK(documents_of(text + bad) == Texts{text + mended});
    CHECK(documents_of(text + bad + "y\n") == Texts{text + mended + "y"});
  }
  // A character across the blocks in which files are read.
  for (std::size_t before = (std::size_t{1} << 18) - 5; before < (std::size_t{1} << 18) + 1; ++before) {
    const std::string crossing = std::string(before, 'x') + "\U0001F600\u4E2D\u00E9 y";
    CHECK((documents_of(crossing) == Texts{crossing}));
    const std::string crlf = std::string(before, 'x') + "\r\n\r\ny\r\n";
    CHECK((documents_of(crlf) == Texts{std::string(before, 'x'), "y"}));
  }
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
  const Corpus corpus({folder.path()});
  CHECK(documents_of(corpus) == Texts{"a", "b", "w"});
  CHECK(corpus.byte_count() == 3);
  CHECK(corpus.report().entry(CorpusFinding::EmptyFile).count == 1);
  CHECK(has(corpus.report().entry(CorpusFinding::EmptyFile).first, "empty.txt"));
}

TEST_CASE("what a folder holds may be odd: it is skipped and counted") {
  const TemporaryFolder folder;
  put_bytes(folder / "b.txt", "b");
  put_bytes(folder / "archive", "PK\x03\x04");
  put_bytes(folder / "broken.zst", "\x28\xB5\x2F\xFD....");
  REQUIRE(::mkfifo((folder / "pipe.txt").c_str(), 0600) == 0);
  std::filesystem::create_symlink(folder / "gone", folder / "dangling.txt");
  std::filesystem::create_symlink(folder / "loop.txt", folder / "loop.txt");
  std::filesystem::create_directory_symlink(folder.path(), folder / "up");
  const CorpusReport report = report_of(folder.path());
  CHECK(report.entry(CorpusFinding::UnusableFile).count == 4);
  CHECK(has(report.entry(CorpusFinding::UnusableFile).first, "pipe.txt: neither a file nor a folder"));
  CHECK(report.entry(CorpusFinding::UnreadableFile).count == 2);
  CHECK(has(report.entry(CorpusFinding::UnreadableFile).first, "dangling.txt: No such file"));
}

TEST_CASE("files that may not be read: skipped in a folder, refused by name") {
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  put_bytes(folder / "a.txt", "a");
  put_bytes(folder / "b.txt", "b");
  std::filesystem::create_directory(folder / "closed");
  put_bytes(folder / "closed/c.txt", "c");
  std::filesystem::permissions(folder / "b.txt", std::filesystem::perms::none);
  std::filesystem::permissions(folder / "closed", std::filesystem::perms::none);
  {
    const Unprivileged nobody;
    CHECK(report_of(folder.path()).entry(CorpusFinding::UnreadableFile).count == 2);
    const std::string message = error_message(ErrorKind::Io, [&] { Corpus corpus({folder / "b.txt"}); });
    CHECK(has(message, "b.txt: cannot be read: Permission denied"));
  }
  std::filesystem::permissions(folder / "closed", std::filesystem::perms::all);
}

TEST_CASE("files that vanish after the listing: skipped in a folder, refused by name") {
  const TemporaryFolder folder;
  put_bytes(folder / "a.txt", "a");
  put_bytes(folder / "b.txt", "b");
  const Corpus of_folder({folder.path()}), of_names({folder / "a.txt", folder / "b.txt"});
  std::filesystem::remove(folder / "a.txt");
  CHECK(documents_of(of_folder) == Texts{"b"});
  CHECK(has(of_folder.report().entry(CorpusFinding::UnreadableFile).first, "a.txt: cannot be opened"));
  CHECK(has(error_message(ErrorKind::Io, [&] { documents_of(of_names); }), "a.txt: cannot be opened"));
  std::filesystem::remove(folder / "b.txt");
  CHECK(has(error_message(ErrorKind::Input, [&] { documents_of(of_folder); }), "2 files cannot be read"));
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
  CHECK(has(refused({folder.path()}), "all files are empty or unreadable"));
  CHECK(has(refused({"/dev/null"}), "neither a file nor a folder"));
  CHECK(has(refused({folder / "empty.txt" / "below"}), "no such file or folder"));
  CHECK(has(error_message(ErrorKind::Usage, [] { Corpus corpus({"-", "-"}); }), "named twice"));
}

TEST_CASE("what is not text is refused by its kind") {
  using namespace std::string_literals;
  CHECK(has(refusal("\xFD"
                    "7zXZ\0...."s),
            "xz -dk"));
  CHECK(has(refusal("\x1F\x8B\x08...."s), "gzip"));
  CHECK(has(refusal("\x28\xB5\x2F\xFD...."s), "no text comes out of the zstd file"));
  CHECK(has(refusal("{\"quoted\"} text\n"), "--corpus-format text if it is text, or json"));
  CHECK(has(refusal("\xFF\xFEh\0i\0"s), "UTF-16"));
  CHECK(has(refusal("text" + std::string(100, '\0')), "NUL"));
  CHECK(has(refusal(std::string(50, '\xe9') + std::string(50, 'a')), "not UTF-8"));
}

TEST_CASE("a document without end comes in parts, cut where it hurts least, and loses nothing") {
  const std::size_t size = std::size_t{10} << 20, half = std::size_t{2} << 20, whole = std::size_t{4} << 20;
  for (const std::string& piece :
       Texts{"word \u00e9 ", "\u4e2d", "a line\n", "a long line " + std::string(500000, 'x') + "\n",
             std::string(3000000, ' ') + "x", "\xff"}) {
    std::string text;
    while (text.size() < size) text += piece;
    const std::string expected_unit = piece == "\xff" ? "\uFFFD" : piece;
    const TemporaryFolder folder;
    put_bytes(folder / "a.txt", std::string(1 << 18, 'x') + "\n\n" + text);
    const Corpus corpus({folder / "a.txt"});
    const Texts parts = documents_of(corpus);
    REQUIRE(parts.size() >= 3);
    std::string joined;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      CHECK(parts[i].size() <= whole + (std::size_t{3} << 18));
      if (i + 1 < parts.size() && piece.front() != ' ') CHECK(parts[i].size() >= half - 12);
      CHECK(parts[i].front() != ' ');
      CHECK(parts[i].back() != ' ');
      joined += parts[i];
      if (piece == "a line\n" && i + 1 < parts.size()) joined += '\n';
    }
    CHECK(corpus.report().entry(CorpusFinding::LongDocument).count == parts.size() - 2);
    const auto unspaced = [](std::string s) {
      s.erase(std::remove_if(s.begin(), s.end(), [](char c) { return c == ' ' || c == '\n'; }), s.end());
      return s;
    };
    std::string expected;
    for (std::size_t i = 0; i < text.size() / piece.size(); ++i) expected += expected_unit;
    CHECK((unspaced(joined) == unspaced(expected)));
    if (piece == "a line\n") CHECK((joined + "\n" == expected));
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
