// What pretrain shows on a terminal: a bar that is redrawn, its colour, and neither where they are not wanted.

#include <doctest/doctest.h>
#include <pty.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/small_run.h"

using namespace scoria;

namespace {

/// All that a program writes on a terminal of its own; `variable` is "NAME=value".
std::string on_terminal(const std::string& variable, const std::vector<std::string>& command) {
  std::vector<char*> argv{const_cast<char*>("/usr/bin/env"), const_cast<char*>(variable.c_str())};
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  winsize size{24, 60, 0, 0};
  int terminal = -1;
  const pid_t id = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (id == 0) {
    ::setenv("OMP_NUM_THREADS", "1", 1);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  std::string text;
  char piece[4096];
  for (ssize_t n; (n = ::read(terminal, piece, sizeof piece)) > 0;) text.append(piece, static_cast<std::size_t>(n));
  ::close(terminal);
  int status = 0;
  ::waitpid(id, &status, 0);
  CHECK(status == 0);
  return text;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The longest line as a terminal shows it: from the last return on, without escape sequences.
std::size_t widest(const std::string& text) {
  std::size_t width = 0, most = 0;
  bool is_escape = false;
  for (const char c : text) {
    if (c == '\r' || c == '\n') width = 0;
    if (c == '\x1b') is_escape = true;
    if (!is_escape && c != '\r' && c != '\n' && c != '\b') most = std::max(most, ++width);
    if (is_escape && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) is_escape = false;
  }
  return most;
}

constexpr const char* kFullBar = "####################";
constexpr const char* kGreen = "\x1b[32m";

}  // namespace

TEST_CASE("on a terminal there is a bar in colour, no wider than the terminal") {
  const SmallRun run;
  const std::string text = on_terminal("TERM=xterm", run.command());
  CAPTURE(text);
  CHECK(contains(text, kFullBar));
  CHECK(contains(text, kGreen));
  CHECK(contains(text, "step 2/2  loss"));
  const std::size_t bar = text.rfind("\r\x1b[K[");
  REQUIRE(bar != std::string::npos);
  CHECK(widest(text.substr(bar, text.find('\r', bar + 1) - bar)) < 60);
}

TEST_CASE("NO_COLOR takes the colour, and leaves the bar") {
  const SmallRun run;
  const std::string text = on_terminal("NO_COLOR=1", run.command());
  CAPTURE(text);
  CHECK(contains(text, kFullBar));
  CHECK_FALSE(contains(text, "\x1b[3"));
}

TEST_CASE("a dumb terminal gets plain lines") {
  const SmallRun run;
  const std::string text = on_terminal("TERM=dumb", run.command());
  CAPTURE(text);
  CHECK_FALSE(contains(text, "\x1b"));
  CHECK(contains(text, "step 2/2  loss"));
}

TEST_CASE("without a terminal there are plain lines on stderr, and the result alone on stdout") {
  const SmallRun run;
  const ChildResult result = run({});
  CHECK_FALSE(contains(result.talk, "\x1b"));
  CHECK_FALSE(contains(result.talk, "\r"));
  CHECK(result.output == run.out + "\n");
}
