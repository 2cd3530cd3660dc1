#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "data/corpora/document_reader.h"
#include "data/corpora/utf8_text.h"

namespace scoria {

/// Bytes in memory as a file. Blocks of a few bytes bring every construct across the border of two.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  std::size_t read(char* to, std::size_t size) override {
    const std::size_t count = bytes_.copy(to, size, at_);
    at_ += count;
    return count;
  }
  std::uint64_t bytes_read() const override { return at_; }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

inline std::unique_ptr<InputBytes> in_memory(std::string_view bytes, std::size_t block_bytes) {
  return std::make_unique<InputBytes>(std::make_unique<MemorySource>(bytes), block_bytes);
}

/// Documents by the line they start in.
inline std::map<std::uint64_t, std::string> all_documents(DocumentReader& reader) {
  std::map<std::uint64_t, std::string> documents;
  while (const Document* document = reader.next()) documents[document->line] = document->text;
  return documents;
}

/// What DocumentText makes of a line, said plainly.
inline std::string clean_line(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r\v\f";
  std::string clean;
  for (std::size_t at = 0; at < line.size();) {
    const CodePoint c = code_point_at(line, at);
    const std::string_view bytes = line.substr(at, c.byte_count);
    at += c.byte_count;
    if (c.value == 0) continue;
    if (clean.empty() && kBlank.find(bytes) != kBlank.npos) continue;
    append_code_point(c.value, clean);
  }
  clean.resize(clean.find_last_not_of(kBlank) + 1);
  return clean;
}

/// Calls visit(line) for each line, without its '\n'; the last one may be empty.
template <typename Visit>
void each_line(std::string_view text, const Visit& visit) {
  for (;;) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end));
    if (end == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace scoria
