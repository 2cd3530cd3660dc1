#include "data/document_reader.h"

#include <fmt/core.h>

#include <algorithm>

#include "data/json_documents.h"
#include "data/text_documents.h"
#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct KnownFormat {
  std::string_view start, what;
};

using namespace std::string_view_literals;
constexpr KnownFormat kKnownFormats[] = {
    {"\xFD"
     "7zXZ\0"sv,
     "it is compressed with xz; unpack it first (xz -dk FILE), zstd is read as it is"},
    {"\x1F\x8B"sv, "it is compressed with gzip; unpack it first (gzip -dk FILE), zstd is read as it is"},
    {"\x28\xB5\x2F\xFD"sv, "it is compressed with zstd twice; unpack it first (zstd -d FILE)"},
    {"BZh"sv, "it is compressed with bzip2; unpack it first (bzip2 -dk FILE), zstd is read as it is"},
    {"PK\x03\x04"sv, "it is a zip archive; unpack it first"},
    {"%PDF-"sv, "it is a PDF; extract the text first (pdftotext FILE)"},
    {"PAR1"sv, "it is a Parquet file; write its text as JSON lines first"},
    {"\xFF\xFE"sv, "it is UTF-16; convert it first (iconv -f UTF-16 -t UTF-8)"},
    {"\xFE\xFF"sv, "it is UTF-16; convert it first (iconv -f UTF-16 -t UTF-8)"},
};

void check_is_text(const std::string& name, std::string_view start) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::Input, fmt::format("corpus {}: not UTF-8 text: {}", name, what));
  };
  for (const KnownFormat& format : kKnownFormats)
    if (start.starts_with(format.start)) refuse(std::string(format.what));
  std::string valid;
  const auto [replaced, nuls] = append_valid_utf8(start, valid);
  if (nuls * 50 > start.size()) refuse(fmt::format("{} of the first {} bytes are NUL", nuls, start.size()));
  if (replaced * 10 > start.size())
    refuse(fmt::format("{} of the first {} bytes are not UTF-8; convert it (iconv -f ENCODING -t UTF-8)", replaced,
                       start.size()));
}

bool is_named_json_lines(std::filesystem::path path) {
  if (path.extension() == ".zst") path = path.stem();
  return path.extension() == ".jsonl" || path.extension() == ".ndjson";
}

}  // namespace

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
  check_is_text(file.name, file.bytes->unread());
  if (file.bytes->unread().starts_with(kByteOrderMark)) {
    file.bytes->skip(kByteOrderMark.size());
    context.report.add(CorpusFinding::ByteOrderMark, 1, file.name);
  }
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
