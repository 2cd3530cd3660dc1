#include "scoria/data/corpus_report.h"

#include <fmt/core.h>

namespace scoria {
namespace {

struct Words {
  std::string_view name, one, many;
};

// In the order of CorpusFinding.
constexpr Words kWords[kCorpusFindingCount] = {
    {"invalid_utf8_bytes", "byte is not UTF-8, read as U+FFFD", "bytes are not UTF-8, read as U+FFFD"},
    {"nul_characters", "NUL character dropped", "NUL characters dropped"},
    {"byte_order_marks", "byte-order mark dropped", "byte-order marks dropped"},
    {"crlf_lines", "line ends in CR LF, read as a line end", "lines end in CR LF, read as line ends"},
    {"long_document_cuts", "cut through a document of more than 4 MiB", "cuts through documents of more than 4 MiB"},
    {"bad_json_lines", "line is no JSON object, skipped", "lines are no JSON objects, skipped"},
    {"lines_without_text", "object lacks the text field, skipped", "objects lack the text field, skipped"},
    {"damaged_zstd_files", "compressed file is damaged, its text used up to there",
     "compressed files are damaged, their text used up to there"},
    {"empty_files", "file is empty, skipped", "files are empty, skipped"},
    {"unreadable_files", "file cannot be read, skipped", "files cannot be read, skipped"},
    {"unusable_files", "file is not text, skipped", "files are not text, skipped"},
    {"articles", "article in <doc> marks, a document without its title's line",
     "articles in <doc> marks, documents without their titles' lines"},
    {"special_words", "word is spelled as a special token, and is text",
     "words are spelled as special tokens, and are text"},
};

}  // namespace

void CorpusReport::add(CorpusFinding finding, std::uint64_t count, std::string_view file, std::uint64_t line,
                       std::string_view why) {
  Entry& entry = entries_[static_cast<std::size_t>(finding)];
  if (count == 0) return;
  if (entry.count == 0) {
    entry.first = file;
    if (line > 0) entry.first += fmt::format(" line {}", line);
    if (!why.empty()) entry.first += fmt::format(": {}", why);
  }
  entry.count += count;
}

std::string_view CorpusReport::name(CorpusFinding finding) { return kWords[static_cast<std::size_t>(finding)].name; }

std::vector<std::string> CorpusReport::lines() const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < kCorpusFindingCount; ++i) {
    const auto& [count, first] = entries_[i];
    if (count == 0) continue;
    lines.push_back(fmt::format("corpus: {} {}; first: {}", count, count == 1 ? kWords[i].one : kWords[i].many, first));
  }
  return lines;
}

}  // namespace scoria
