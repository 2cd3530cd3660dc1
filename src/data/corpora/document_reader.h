#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "data/corpora/document_text.h"
#include "data/corpora/input_bytes.h"
#include "scoria/data/corpus.h"

namespace scoria {

/// A file's bytes, and where to tell what is odd in them.
struct CorpusFile {
  std::string name;
  std::unique_ptr<InputBytes> bytes;
  CorpusReport& report;
};

/// Cuts one file into documents. What it throws is an Error of kind Io or Input.
class DocumentReader {
 public:
  explicit DocumentReader(CorpusFile file) : file_(std::move(file)) {}
  virtual ~DocumentReader() = default;
  DocumentReader(const DocumentReader&) = delete;
  DocumentReader& operator=(const DocumentReader&) = delete;

  /// nullptr at the end of the file.
  virtual const Document* next() = 0;
  std::uint64_t bytes_read() const { return file_.bytes->bytes_read(); }

 protected:
  /// Adds raw bytes of a line to the document, and its repairs to the report.
  void add_text(std::string_view raw, std::uint64_t line);
  /// `in_a_row`: its lines are the file's from there on, so that a place in it has a line of its own.
  const Document* give(std::string_view text, std::uint64_t line, bool in_a_row = false);
  /// The first part of a document that is full.
  const Document* give_part(std::uint64_t line, bool in_a_row = false);

  CorpusFile file_;
  DocumentText text_;

 private:
  void report_special_words(std::string_view text, std::uint64_t line, bool in_a_row);

  Document document_;
};

/// Opens a file as text or as JSON lines. Throws Error (Io) or (Input) where it cannot be opened or is neither.
std::unique_ptr<DocumentReader> open_documents(const std::filesystem::path& path, const CorpusOptions& options,
                                               const ReadingContext& context);

}  // namespace scoria
