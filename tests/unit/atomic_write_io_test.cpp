#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "io/atomic_write.h"
#include "io/file.h"
#include "scoria/error.h"
#include "support/temporary_folder.h"

using namespace scoria;
namespace fs = std::filesystem;

namespace {

void fill(const fs::path& folder) {
  put_bytes(folder / "a.bin", std::string(3'000'000, 'a'));
  put_bytes(folder / "b.txt", "text\n");
  put_bytes(folder / "empty", "");
}

std::vector<std::string> names(const fs::path& folder) {
  std::vector<std::string> result;
  for (const auto& entry : fs::directory_iterator(folder)) result.push_back(entry.path().filename().string());
  std::sort(result.begin(), result.end());
  return result;
}

// Runs in a child whose files may not pass 4 KiB: what a full disk does, without one. Returns the exit code.
template <typename Call>
int run_on_a_full_disk(Call call) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);
    int code = 0;
    try {
      call();
    } catch (const Error& error) {
      code = static_cast<int>(error.kind());
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("atomic file: the old contents or the new, and nothing beside them") {
  const TemporaryFolder folder;
  write_atomically(folder / "f", "one");
  CHECK(file_bytes(folder / "f") == "one");
  const auto fails = [](File& file) {
    file.write("half of tw");
    throw Error(ErrorKind::Io, "disk full");
  };
  CHECK_THROWS_AS(write_atomically(folder / "f", fails), Error);
  CHECK(file_bytes(folder / "f") == "one");
  CHECK(names(folder.path()) == std::vector<std::string>{"f"});
}

TEST_CASE("atomic file: a disk that fills is an I/O error and leaves the old file") {
  const TemporaryFolder folder;
  write_atomically(folder / "f", "one");
  CHECK(run_on_a_full_disk([&] { write_atomically(folder / "f", std::string(100'000, 'x')); }) ==
        static_cast<int>(ErrorKind::Io));
  CHECK(file_bytes(folder / "f") == "one");
  CHECK(names(folder.path()) == std::vector<std::string>{"f"});
}

TEST_CASE("pending folder: appears whole, verified, and only by commit") {
  const TemporaryFolder folder;
  {
    PendingFolder pending(folder / "checkpoint-1");
    fill(pending.path());
    CHECK_FALSE(fs::exists(folder / "checkpoint-1"));
  }
  CHECK(names(folder.path()).empty());
  PendingFolder pending(folder / "checkpoint-1");
  fill(pending.path());
  pending.commit();
  CHECK(names(folder.path()) == std::vector<std::string>{"checkpoint-1"});
  CHECK(names(folder / "checkpoint-1") == std::vector<std::string>{"a.bin", "b.txt", "empty", "manifest.json"});
  CHECK(folder_damage(folder / "checkpoint-1") == "");
}

TEST_CASE("pending folder: replaces a folder of the same name") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "c");
  put_bytes(folder / "c/old", "old");
  PendingFolder pending(folder / "c");
  fill(pending.path());
  pending.commit();
  CHECK(names(folder.path()) == std::vector<std::string>{"c"});
  CHECK_FALSE(fs::exists(folder / "c/old"));
}

TEST_CASE("pending folder: a disk that fills leaves nothing behind") {
  const TemporaryFolder folder;
  CHECK(run_on_a_full_disk([&] {
          PendingFolder pending(folder / "c");
          File file = File::create(pending.path() / "weights");
          file.write(std::string(100'000, 'x'));
          pending.commit();
        }) == static_cast<int>(ErrorKind::Io));
  CHECK(names(folder.path()).empty());
}

TEST_CASE("folder damage: every kind is found and named") {
  const TemporaryFolder folder;
  const auto damage_after = [&](auto&& harm) {
    fs::remove_all(folder / "c");
    PendingFolder pending(folder / "c");
    fill(pending.path());
    pending.commit();
    harm(folder / "c");
    return folder_damage(folder / "c");
  };
  const auto contains = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  CHECK(contains(damage_after([](const fs::path& c) { fs::remove(c / "b.txt"); }), "b.txt"));
  CHECK(contains(damage_after([](const fs::path& c) { put_bytes(c / "b.txt", "tex\n"); }),
                 "b.txt has 4 bytes, its manifest says 5"));
  CHECK(contains(damage_after([](const fs::path& c) { put_bytes(c / "b.txt", "tExt\n"); }),
                 "b.txt does not have the checksum"));
  CHECK(contains(damage_after([](const fs::path& c) { put_bytes(c / "empty", "x"); }), "empty has 1 bytes"));
  CHECK(contains(damage_after([](const fs::path& c) { fs::remove(c / "manifest.json"); }), "manifest.json"));
  CHECK(contains(damage_after([](const fs::path& c) {
                   std::string bytes = file_bytes(c / "a.bin");
                   bytes[2'999'999] ^= 1;
                   put_bytes(c / "a.bin", bytes);
                 }),
                 "a.bin does not have the checksum"));
  CHECK(contains(
      damage_after([](const fs::path& c) { put_bytes(c / "manifest.json", "{\"format\": 1, \"files\": []}"); }),
      "lists no files"));
  CHECK(contains(damage_after([](const fs::path& c) {
                   put_bytes(c / "manifest.json",
                             R"({"format": 1, "files": [{"name": "../x", "bytes": 1, "xxh3_128": ""}]})");
                 }),
                 "not a plain file name"));
}

TEST_CASE("folder damage: a manifest cut short or with a bit flipped never verifies as something else") {
  const TemporaryFolder folder;
  PendingFolder pending(folder / "c");
  put_bytes(pending.path() / "b.txt", "text\n");
  pending.commit();
  const std::string manifest = file_bytes(folder / "c/manifest.json");
  // The last byte is the newline after the closing brace.
  for (std::size_t size = 0; size + 1 < manifest.size(); ++size) {
    put_bytes(folder / "c/manifest.json", manifest.substr(0, size));
    CAPTURE(size);
    CHECK(folder_damage(folder / "c") != "");
  }
}

TEST_CASE("abandoned folders of dead processes go, others stay") {
  const TemporaryFolder folder;
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  fs::create_directories(folder / ("checkpoint-5.tmp-" + std::to_string(dead)) / "x");
  fs::create_directory(folder / ("checkpoint-6.tmp-" + std::to_string(::getpid())));
  fs::create_directory(folder / ("other.tmp-" + std::to_string(dead)));
  fs::create_directory(folder / "checkpoint-4");
  remove_abandoned(folder.path(), "checkpoint-");
  CHECK(names(folder.path()).size() == 3);
  CHECK_FALSE(fs::exists(folder / ("checkpoint-5.tmp-" + std::to_string(dead))));
}

TEST_CASE("io errors say what, where and what to do") {
  const TemporaryFolder folder;
  put_bytes(folder / "file", "x");
  CHECK_THROWS_WITH_AS(PendingFolder(folder / "file/c"), doctest::Contains("a part of the path is a file"), Error);
  CHECK_THROWS_WITH_AS(File::open(folder / "none"), doctest::Contains("No such file or directory; check the path"),
                       Error);
  CHECK_THROWS_WITH_AS(read_text(folder / "file", 0), doctest::Contains("1 bytes, expected at most 0"), Error);
}
