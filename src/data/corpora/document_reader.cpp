#include "data/corpora/document_reader.h"

#include <fmt/core.h>

#include <algorithm>

#include "data/corpora/article_marks.h"
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

const Document* DocumentReader::give(std::string_view text, std::uint64_t line, bool in_a_row) {
  report_special_words(text, line, in_a_row);
  document_ = {text, file_.name, line};
  return &document_;
}

const Document* DocumentReader::give_part(std::uint64_t line, bool in_a_row) {
  file_.report.add(CorpusFinding::LongDocument, 1, file_.name, line);
  return give(text_.take_part(), line, in_a_row);
}

/// Counts what is spelled as BERT's special tokens are.
void DocumentReader::report_special_words(std::string_view text, std::uint64_t line, bool in_a_row) {
  static constexpr std::string_view kWords[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  for (std::size_t at = text.find('['); at != text.npos; at = text.find('[', at + 1)) {
    for (const std::string_view word : kWords) {
      if (!text.substr(at).starts_with(word)) continue;
      const auto before = in_a_row ? std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') : 0;
      file_.report.add(CorpusFinding::SpecialWord, 1, file_.name, line + static_cast<std::uint64_t>(before), word);
    }
  }
}

std::unique_ptr<DocumentReader> open_documents(const std::filesystem::path& path, const CorpusOptions& options,
                                               const ReadingContext& context) {
  CorpusFile file{path.string(), open_input(path, context), context.report};
  check_is_text("corpus " + file.name, file.bytes->unread());
  if (skip_byte_order_mark(*file.bytes)) context.report.add(CorpusFinding::ByteOrderMark, 1, file.name);
  const std::string_view start = file.bytes->unread();
  if (options.format == CorpusFormat::Json || (options.format == CorpusFormat::ByName && is_named_json(path)))
    return std::make_unique<JsonDocuments>(std::move(file), options.text_field, json_layout_or_lines(start));
  if (options.format == CorpusFormat::ByName && json_layout(start) != JsonLayout::None)
    throw Error(ErrorKind::Input,
                fmt::format("corpus {}: it starts as JSON does; name the file *.jsonl or *.json or give "
                            "--corpus-format json, or text if that is what it is",
                            file.name));
  if (options.format == CorpusFormat::ByName && !starts_as_article(start))
    check_text_is_meant("corpus " + file.name, start, "give --corpus-format text if it is text, or json if it is JSON");
  return std::make_unique<TextDocuments>(std::move(file));
}

}  // namespace scoria
