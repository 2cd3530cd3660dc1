#pragma once

// Runs this test program again, in another environment: what a process decides once cannot be tested twice in one.

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

namespace scoria::test {

struct ChildResult {
  int exit_code = -1;
  std::string output;
};

/// `environment` is "NAME=value NAME=value", `arguments` are doctest's. Test cases marked skip run here.
inline ChildResult run_child(const std::string& environment, const std::string& arguments) {
  std::array<char, 4096> self{};
  if (::readlink("/proc/self/exe", self.data(), self.size() - 1) <= 0) return {};
  const std::string command = "env " + environment + " '" + self.data() + "' " + arguments + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return {};
  ChildResult result;
  std::array<char, 4096> piece{};
  for (std::size_t n; (n = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) result.output.append(piece.data(), n);
  const int status = ::pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

/// A single test case of this program that is otherwise skipped.
inline ChildResult run_child_case(const std::string& environment, const std::string& name) {
  return run_child(environment, "--no-skip --test-case='" + name + "'");
}

}  // namespace scoria::test
