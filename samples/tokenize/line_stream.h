#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A block of lines, without their ends (LF or CRLF).
struct LineBlock {
  std::span<const std::string_view> lines;
  std::uint64_t first_line = 1;
};

/// Lines that could not be worked on: each is told on stderr, in the order of the lines, or with --strict is thrown.
class LineFaults {
 public:
  explicit LineFaults(const LineBlock& block) : first_line_(block.first_line) {}
  /// Of the line lines[index].
  void add(std::size_t index, std::string why) { faults_.emplace_back(first_line_ + index, std::move(why)); }
  const std::vector<std::pair<std::uint64_t, std::string>>& list() const { return faults_; }

 private:
  std::uint64_t first_line_;
  std::vector<std::pair<std::uint64_t, std::string>> faults_;
};

/// Lines in, text out, in the same order: from standard input or a file to standard output or a file, block by block on
/// threads. Memory goes with the longest line and the number of threads. A file is written under a temporary name and
/// renamed at the end. A bar tells how far a long run is, where stderr is a terminal and stdout is not.
class LineStream {
 public:
  /// --in, --out and --threads.
  void add_to(CLI::App& command);
  /// --strict, where a line may be wrong.
  void add_strict_to(CLI::App& command);

  /// Calls work for every block, on any thread, and writes what it returns. lines_per_block fixes their size, 0 leaves
  /// it to the stream. An error of an earlier block comes before that of a later one. Throws Error (Input) at the end,
  /// when all is written, if there were faults; with --strict at the first one.
  void run(std::size_t lines_per_block, const std::function<std::string(const LineBlock&, LineFaults&)>& work) const;

 private:
  /// "FILE:LINE", for messages.
  std::string place(std::uint64_t line) const;

  std::filesystem::path in_, out_;
  bool strict_ = false;
};
