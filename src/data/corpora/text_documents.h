#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "data/corpora/document_reader.h"

namespace scoria {

/// Plain text: an empty line ends a document, and so do the marks of an article; within one an empty line does not.
class TextDocuments : public DocumentReader {
 public:
  using DocumentReader::DocumentReader;
  const Document* next() override;

 private:
  bool read_line_piece();
  std::optional<std::string_view> whole_line();
  bool take_mark();
  bool take_title();
  void end_line(std::string_view line);

  std::uint64_t line_ = 1;          ///< the one in hand
  std::uint64_t first_line_ = 1;    ///< of the document
  bool is_border_ = false;          ///< the line just ended ends a document
  bool lines_are_in_a_row_ = true;  ///< the document's lines are the file's, none left out
  bool at_line_start_ = true;
  bool in_article_ = false;
  std::optional<std::string> title_;  ///< of an article of which no line has come yet
};

}  // namespace scoria
