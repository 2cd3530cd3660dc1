#include "data/document_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "data/utf8_text.h"
#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;
constexpr std::size_t kMaxDocumentBytes = std::size_t{16} << 20;
constexpr std::string_view kBlank = " \t\r\v\f";

std::string_view trim(std::string_view line) {
  const std::size_t first = line.find_first_not_of(kBlank);
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

struct Format {
  std::string_view start, what;
};

using namespace std::string_view_literals;
constexpr Format kFormats[] = {
    {"\xFD"
     "7zXZ\0"sv,
     "it is compressed with xz; unpack it first (xz -dk FILE)"},
    {"\x1F\x8B"sv, "it is compressed with gzip; unpack it first (gzip -dk FILE)"},
    {"\x28\xB5\x2F\xFD"sv, "it is compressed with zstd; unpack it first (zstd -dk FILE)"},
    {"BZh"sv, "it is compressed with bzip2; unpack it first (bzip2 -dk FILE)"},
    {"PK\x03\x04"sv, "it is a zip archive; unpack it first"},
    {"%PDF-"sv, "it is a PDF; extract the text first (pdftotext FILE)"},
    {"\xFF\xFE"sv, "it is UTF-16; convert it first (iconv -f UTF-16 -t UTF-8)"},
    {"\xFE\xFF"sv, "it is UTF-16; convert it first (iconv -f UTF-16 -t UTF-8)"},
};

}  // namespace

DocumentReader::DocumentReader(const std::filesystem::path& path)
    : name_(path.string()), file_(std::fopen(path.c_str(), "rb")) {
  if (!file_) throw Error(ErrorKind::Io, fmt::format("corpus {}: cannot be opened: {}", name_, std::strerror(errno)));
  read_block();
  check_is_text(buffer_);
  if (buffer_.starts_with("\xEF\xBB\xBF")) at_ = 3;
}

DocumentReader::~DocumentReader() = default;

void DocumentReader::check_is_text(std::string_view start) const {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::Input, fmt::format("corpus {}: not plain UTF-8 text: {}", name_, what));
  };
  for (const Format& format : kFormats)
    if (start.starts_with(format.start)) refuse(std::string(format.what));
  const auto nuls = static_cast<std::size_t>(std::count(start.begin(), start.end(), '\0'));
  if (nuls * 50 > start.size()) refuse(fmt::format("{} of the first {} bytes are NUL", nuls, start.size()));
  std::string valid;
  const std::uint64_t invalid = append_valid_utf8(start, valid);
  if (invalid * 10 > start.size())
    refuse(fmt::format("{} of the first {} bytes are not UTF-8; convert it (iconv -f ENCODING -t UTF-8)", invalid,
                       start.size()));
}

bool DocumentReader::read_block() {
  if (at_end_) return false;
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + kBlockBytes);
  const std::size_t got = std::fread(buffer_.data() + kept, 1, kBlockBytes, file_.get());
  buffer_.resize(kept + got);
  bytes_read_ += got;
  if (got < kBlockBytes) {
    if (std::ferror(file_.get()))
      throw Error(ErrorKind::Io, fmt::format("corpus {}: reading failed: {}", name_, std::strerror(errno)));
    at_end_ = true;
  }
  return got > 0;
}

/// The next line, or the next 16 MiB of one that has no end, cut at a space; false at the end of the file.
bool DocumentReader::next_line(std::string_view& line) {
  std::size_t searched = at_;
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != buffer_.npos) {
      line = std::string_view(buffer_).substr(at_, end - at_);
      at_ = end + 1;
      return true;
    }
    if (buffer_.size() - at_ >= kMaxDocumentBytes) {
      // Without a space, before a byte that starts a character.
      std::size_t cut = buffer_.find_last_of(kBlank);
      if (cut == buffer_.npos || cut <= at_) {
        cut = buffer_.size() - 1;
        while (cut > at_ + 1 && (static_cast<unsigned char>(buffer_[cut]) & 0xC0) == 0x80) --cut;
      }
      line = std::string_view(buffer_).substr(at_, cut - at_);
      at_ = cut;
      return true;
    }
    searched = buffer_.size() - at_;
    if (!read_block()) break;
  }
  line = std::string_view(buffer_).substr(at_);
  at_ = buffer_.size();
  return !line.empty();
}

const Document* DocumentReader::next() {
  text_.clear();
  std::string_view raw;
  while (text_.size() < kMaxDocumentBytes && next_line(raw)) {
    ++line_;
    const std::size_t before = text_.size();
    add_line(raw);
    if (before == 0 && !text_.empty()) document_.line = line_;
    if (text_.size() == before && before > 0) break;  // a blank line
  }
  if (text_.empty()) {
    if (invalid_bytes_ > 0)
      log(LogLevel::Warning,
          fmt::format("corpus {}: {} bytes are not UTF-8 and were read as U+FFFD", name_, invalid_bytes_));
    invalid_bytes_ = 0;
    return nullptr;
  }
  document_.text = text_;
  document_.file = name_;
  return &document_;
}

void DocumentReader::add_line(std::string_view raw) {
  const std::string_view line = trim(raw);
  if (line.empty()) return;
  const std::size_t before = text_.size();
  if (before > 0) text_ += '\n';
  const std::size_t start = text_.size();
  invalid_bytes_ += append_valid_utf8(line, text_);
  if (text_.size() == start) text_.resize(before);  // nothing but NUL
}

}  // namespace scoria
