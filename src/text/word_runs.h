#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "base/unnamed_file.h"
#include "text/word_table.h"

namespace scoria {

/// Sorted counts that did not fit into memory: runs in one file that has no name.
class WordRuns {
 public:
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

  std::mutex mutex_;
  std::optional<UnnamedFile> file_;
  std::vector<Run> runs_;
};

/// Adds up words that are in several sources: calls visit(word, total) in the order of bytes.
void merge_counts(const std::vector<WordRuns::Source>& sources, const std::function<void(const CountedWord&)>& visit);

}  // namespace scoria
