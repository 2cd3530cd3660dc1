// What a message advises must exist: every flag that the readers of data name is one of the programs that read with
// them.

#include <doctest/doctest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/temporary_folder.h"

using namespace scoria;
namespace fs = std::filesystem;

namespace {

/// The flags in the string literals of a folder's sources.
std::set<std::string> flags_in(const std::string& folder) {
  const fs::path root = fs::path(__FILE__).parent_path().parent_path().parent_path();
  std::set<std::string> flags;
  const std::regex literal(R"re("(?:[^"\\\n]|\\.)*")re"), flag(R"re(--[a-z][a-z-]*[a-z])re");
  for (const fs::directory_entry& file : fs::directory_iterator(root / folder)) {
    if (file.path().extension() != ".cpp") continue;
    const std::string text = file_bytes(file.path());
    for (std::sregex_iterator at(text.begin(), text.end(), literal), end; at != end; ++at) {
      const std::string words = at->str();
      for (std::sregex_iterator found(words.begin(), words.end(), flag); found != end; ++found)
        flags.insert(found->str());
    }
  }
  return flags;
}

std::string help_of(std::vector<std::string> command) {
  command.push_back("--help");
  const ChildResult result = run_program(command);
  REQUIRE(result.code == 0);
  return result.output;
}

void check_flags(const std::set<std::string>& flags, const std::vector<std::string>& command) {
  const std::string help = help_of(command);
  for (const std::string& flag : flags) {
    CAPTURE(command.front());
    CAPTURE(flag);
    CHECK(std::regex_search(help, std::regex(flag + "\\b(?!-)")));
  }
}

}  // namespace

TEST_CASE("advice: the flags that readers of corpora name") {
  std::set<std::string> flags = flags_in("src/data/corpora");
  // zstd's own.
  CHECK(flags.erase("--long") == 1);
  CHECK(flags == std::set<std::string>{"--corpus-format", "--text-field"});
  check_flags(flags, {program_path("pretrain")});
  check_flags(flags, {program_path("prepare"), "documents"});
  check_flags(flags, {program_path("tokenize"), "train"});
  check_flags(flags, {program_path("tokenize"), "count"});
}

TEST_CASE("advice: the flags that readers of task files name") {
  std::set<std::string> flags = flags_in("src/data/task_files");
  CHECK(flags.size() > 4);
  check_flags(flags, {program_path("finetune")});
  // predict looks for no labels.
  for (const char* flag : {"--label-column", "--tag-column"}) CHECK(flags.erase(flag) == 1);
  check_flags(flags, {program_path("predict")});
}
