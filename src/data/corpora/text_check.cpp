#include "data/corpora/text_check.h"

#include <fmt/core.h>

#include "data/corpora/utf8_text.h"
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

}  // namespace

void check_is_text(const std::string& what, std::string_view start) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::Input, fmt::format("{}: not UTF-8 text: {}", what, why));
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

bool skip_byte_order_mark(InputBytes& bytes) {
  if (!bytes.unread().starts_with(kByteOrderMark)) return false;
  bytes.skip(kByteOrderMark.size());
  return true;
}

}  // namespace scoria
