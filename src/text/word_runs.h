#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "text/word_table.h"

namespace scoria {

/// Sorted counts that did not fit into memory: runs in one file that has no name, so that nothing is left of it
/// however the process ends.
class WordRuns {
 public:
  WordRuns() = default;
  ~WordRuns();
  WordRuns(const WordRuns&) = delete;
  WordRuns& operator=(const WordRuns&) = delete;

  /// Writes a run; any thread may. Throws Error (Io), naming the folder, where the disk is full.
  void add(const std::vector<CountedWord>& words);

  /// Gives the next word in order, valid until the next call, or false at the end.
  using Source = std::function<bool(CountedWord&)>;
  /// One source for each run.
  std::vector<Source> sources() const;

 private:
  struct Run {
    std::uint64_t begin, end;
  };
  class Reader;

  void open();
  void write(std::string_view bytes);

  std::mutex mutex_;
  std::string folder_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::vector<Run> runs_;
};

/// Adds up words that are in several sources: calls visit(word, total) in the order of bytes.
void merge_counts(const std::vector<WordRuns::Source>& sources, const std::function<void(const CountedWord&)>& visit);

}  // namespace scoria
