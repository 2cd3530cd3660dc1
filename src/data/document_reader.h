#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "scoria/data/corpus.h"

namespace scoria {

/// Cuts one file into documents, a block of bytes at a time.
class DocumentReader {
 public:
  /// Throws Error (Io) if the file cannot be opened, Error (Input) if it does not look like text.
  explicit DocumentReader(const std::filesystem::path& path);
  ~DocumentReader();

  /// nullptr at the end of the file.
  const Document* next();
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  bool read_block();
  bool next_line(std::string_view& line);
  void add_line(std::string_view raw);
  void check_is_text(std::string_view start) const;

  std::string name_;
  std::unique_ptr<std::FILE, Close> file_;
  std::string buffer_;
  std::size_t at_ = 0;
  bool at_end_ = false;
  std::uint64_t bytes_read_ = 0, line_ = 0, invalid_bytes_ = 0;
  std::string text_;
  Document document_;
};

}  // namespace scoria
