#include "base/unnamed_file.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "scoria/error.h"
#include "support/temporary_folder.h"

using namespace scoria;
namespace fs = std::filesystem;

namespace {

/// TMPDIR for as long as this lives.
class TemporaryFilesIn {
 public:
  explicit TemporaryFilesIn(const fs::path& folder) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", folder.c_str(), 1);
  }
  ~TemporaryFilesIn() {
    if (before_.empty())
      ::unsetenv("TMPDIR");
    else
      ::setenv("TMPDIR", before_.c_str(), 1);
  }

 private:
  std::string before_;
};

}  // namespace

TEST_CASE("an unnamed file lies in TMPDIR, has no name there and gives back what it was given") {
  const TemporaryFolder folder;
  const TemporaryFilesIn here(folder.path());
  UnnamedFile file("corpus -", "name a file");
  CHECK(fs::is_empty(folder.path()));
  const fs::path link = fs::read_symlink("/proc/self/fd/" + std::to_string(file.descriptor()));
  CHECK(link.string().starts_with(folder.path().string() + "/scoria-"));

  file.append("one ");
  file.append("");
  file.append("two");
  CHECK(file.size() == 7);
  std::string bytes(5, '-');
  file.read_at(2, bytes);
  CHECK(bytes == "e two");
}

TEST_CASE("an unnamed file that cannot be made names the folder, the reason and what to do") {
  const TemporaryFolder folder;
  const TemporaryFilesIn nowhere(folder / "none");
  const std::string expected = "vocabulary: cannot make a temporary file in " + (folder / "none").string() +
                               ": No such file or directory; set TMPDIR to a folder with room, or take less";
  CHECK_THROWS_WITH_AS(UnnamedFile("vocabulary", "take less"), expected.c_str(), Error);
}
