#include "data/corpora/document_reader.h"

#include <fmt/core.h>

#include "data/corpora/json_documents.h"
#include "data/corpora/text_check.h"
#include "data/corpora/text_documents.h"
#include "scoria/error.h"

namespace scoria {

void DocumentReader::add_text(std::string_view raw, std::uint64_t line) {
  const auto [replaced, nuls] = text_.add(raw);
  file_.report.add(CorpusFinding::InvalidUtf8, replaced, file_.name, line);
  file_.report.add(CorpusFinding::Nul, nuls, file_.name, line);
}

const Document* DocumentReader::give(std::string_view text, std::uint64_t line) {
  document_ = {text, file_.name, line};
  return &document_;
}

const Document* DocumentReader::give_part(std::uint64_t line) {
  file_.report.add(CorpusFinding::LongDocument, 1, file_.name, line);
  return give(text_.take_part(), line);
}

std::unique_ptr<DocumentReader> open_documents(const std::filesystem::path& path, const CorpusOptions& options,
                                               const ReadingContext& context) {
  CorpusFile file{path.string(), open_input(path, context), context.report};
  check_is_text("corpus " + file.name, file.bytes->unread());
  if (skip_byte_order_mark(*file.bytes)) context.report.add(CorpusFinding::ByteOrderMark, 1, file.name);
  if (options.format == CorpusFormat::JsonLines ||
      (options.format == CorpusFormat::ByName && is_named_json_lines(path)))
    return std::make_unique<JsonDocuments>(std::move(file), options.text_field);
  if (options.format == CorpusFormat::ByName && starts_as_json_object(file.bytes->unread()))
    throw Error(ErrorKind::Input,
                fmt::format("corpus {}: its first line starts as a JSON object; name the file *.jsonl or give "
                            "--corpus-format jsonl, or text if that is what it is",
                            file.name));
  return std::make_unique<TextDocuments>(std::move(file));
}

}  // namespace scoria
