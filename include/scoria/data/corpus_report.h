#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// What may be odd in a corpus and does not stop its reading.
enum class CorpusFinding {
  InvalidUtf8,     ///< bytes that are not UTF-8, or \u escapes of half a surrogate pair: read as U+FFFD
  Nul,             ///< NUL characters, dropped
  ByteOrderMark,   ///< files that start with one, dropped
  CrLf,            ///< lines of text that end in CR LF, read as line ends
  LongDocument,    ///< cuts through documents of more than 4 MiB
  BadJsonLine,     ///< lines that are not a JSON object, skipped; a broken array is an error
  NoTextField,     ///< objects without the text field, or where it is no string, skipped
  DamagedZstd,     ///< compressed files that end early or are damaged: the text before that is used
  EmptyFile,       ///< files of a folder without a byte, skipped
  UnreadableFile,  ///< files and folders of a folder that the system does not give, or that vanish: skipped
  UnusableFile,    ///< of a folder, files that are no text, links to folders, pipes, devices: skipped
  Article,         ///< lines of WikiExtractor's <doc ...>: documents without the line that says their title again
  SpecialWord,     ///< [PAD], [UNK], [CLS], [SEP] and [MASK] in a text: words as any other
};
inline constexpr std::size_t kCorpusFindingCount = 13;

/// Counts of each finding, and where the first one was.
class CorpusReport {
 public:
  struct Entry {
    std::uint64_t count = 0;
    std::string first;  ///< "books/a.txt", "books/a.jsonl line 7: expected ':', column 12"
  };

  /// `why`, where there is more to say than the finding's name. Only the first one's place is kept.
  void add(CorpusFinding finding, std::uint64_t count, std::string_view file, std::uint64_t line = 0,
           std::string_view why = {});

  const Entry& entry(CorpusFinding finding) const { return entries_[static_cast<std::size_t>(finding)]; }
  /// "bad_json_lines": for output that programs read.
  static std::string_view name(CorpusFinding finding);
  /// One line for each finding that occurred: "corpus: 3 lines are no JSON object, skipped; first: a.jsonl line 7:
  /// ...".
  std::vector<std::string> lines() const;

 private:
  std::array<Entry, kCorpusFindingCount> entries_;
};

}  // namespace scoria
