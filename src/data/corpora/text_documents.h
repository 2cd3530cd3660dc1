#pragma once

#include "data/corpora/document_reader.h"

namespace scoria {

/// Plain text: an empty line ends a document.
class TextDocuments : public DocumentReader {
 public:
  using DocumentReader::DocumentReader;
  const Document* next() override;

 private:
  bool read_line_piece();

  std::uint64_t line_ = 1;        ///< the one in hand
  std::uint64_t first_line_ = 1;  ///< of the document
  bool is_blank_ = false;         ///< the line just ended held nothing
};

}  // namespace scoria
