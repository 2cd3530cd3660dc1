// Lines of a gigabyte, read in less memory than they have.

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <new>

#include "scoria/data/corpus.h"
#include "support/temporary_folder.h"
#include "zstd_bytes.h"

using namespace scoria;

namespace {

// AddressSanitizer and ThreadSanitizer claim terabytes of addresses, so that no limit can be set.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLimitWorks = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kLimitWorks = false;
#else
constexpr bool kLimitWorks = true;
#endif
#else
constexpr bool kLimitWorks = true;
#endif

constexpr std::uint64_t kPieceBytes = std::uint64_t{16} << 20, kPieces = 64;

/// start, then a gigabyte of `unit`, then end: frames of zstd, since the disk need not hold it.
void put_gigabyte(const std::filesystem::path& path, const std::string& start, const std::string& unit,
                  const std::string& end) {
  std::string piece;
  while (piece.size() < kPieceBytes) piece += unit;
  const std::string frame = compressed(piece);
  std::ofstream file(path, std::ios::binary);
  file << compressed(start);
  for (std::uint64_t i = 0; i < kPieces; ++i) file << frame;
  file << compressed(end);
}

struct Outcome {
  bool in_memory = false;
  std::uint64_t bytes = 0, documents = 0;
};

/// Reads a corpus in a process that may take `limit_bytes` more than it has.
Outcome read_within(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t limit = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + limit_bytes;
    const rlimit limits{limit, limit};
    Outcome outcome;
    if (::setrlimit(RLIMIT_AS, &limits) == 0) {
      try {
        Corpus({path}).for_each_document([&](const Document& document) {
          outcome.bytes += document.text.size();
          ++outcome.documents;
        });
        outcome.in_memory = true;
      } catch (const std::bad_alloc&) {
      }
    }
    ::_exit(::write(ends[1], &outcome, sizeof outcome) == sizeof outcome ? 0 : 1);
  }
  ::close(ends[1]);
  Outcome outcome;
  const ssize_t got = ::read(ends[0], &outcome, sizeof outcome);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  REQUIRE(got == sizeof outcome);
  return outcome;
}

constexpr std::uint64_t kLimit = std::uint64_t{24} << 20;

void check_line(const std::string& name, const std::string& start, const std::string& unit, const std::string& end,
                std::uint64_t documents, std::uint64_t least_bytes) {
  if (!kLimitWorks) {
    MESSAGE("skipped: a sanitizer's process cannot be limited");
    return;
  }
  const TemporaryFolder folder;
  put_gigabyte(folder / name, start, unit, end);
  const Outcome outcome = read_within(folder / name, kLimit);
  CHECK(outcome.in_memory);
  CHECK(outcome.documents >= documents);
  CHECK(outcome.bytes >= least_bytes);
}

constexpr std::uint64_t kGigabyte = kPieceBytes * kPieces;

}  // namespace

TEST_CASE("a line of a gigabyte: words") { check_line("a.txt", "", "word ", "", 250, kGigabyte - 1000); }
TEST_CASE("a line of a gigabyte: no space") { check_line("a.txt", "", "\u4e2d", "", 240, kGigabyte); }
TEST_CASE("a line of a gigabyte: blanks only") { check_line("a.txt", "one\n\n", " ", "\n\ntwo", 2, 6); }
TEST_CASE("a line of a gigabyte: JSON text") {
  check_line("a.jsonl", "{\"text\": \"", "words of one line\\n", "\"}\n", 200, kGigabyte / 19 * 18 - 1000);
}
TEST_CASE("a line of a gigabyte: JSON beside the text") {
  check_line("a.jsonl", "{\"text\": \"one\", \"x\": [", "{\"key\": \"some words in a value\", \"k\": [1.5, {}]}, ",
             "0]}\n", 1, 3);
}
TEST_CASE("a line of a gigabyte: bad JSON") {
  check_line("a.jsonl", "{\"text\": \"one\"}\n", "[", "\n{\"text\": \"two\"}", 2, 6);
}
