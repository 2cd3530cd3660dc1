#include "data/corpora/text_check.h"

#include <fmt/core.h>

#include "data/corpora/utf8_text.h"
#include "io/known_formats.h"
#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

void check_is_text(const std::string& what, std::string_view start) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::Input, fmt::format("{}: not UTF-8 text: {}", what, why));
  };
  if (const std::string_view format = known_format(start); !format.empty()) refuse(std::string(format));
  std::string valid;
  const auto [replaced, nuls] = append_valid_utf8(start, valid);
  if (nuls * 50 > start.size()) refuse(fmt::format("{} of the first {} bytes are NUL", nuls, start.size()));
  if (replaced * 10 > start.size())
    refuse(fmt::format("{} of the first {} bytes are not UTF-8; convert it (iconv -f ENCODING -t UTF-8)", replaced,
                       start.size()));
}

void check_text_is_meant(const std::string& what, std::string_view start, std::string_view advice) {
  const std::string_view markup = known_markup(start);
  if (!markup.empty()) throw Error(ErrorKind::Input, fmt::format("{}: {}; {}", what, markup, advice));
}

bool skip_byte_order_mark(InputBytes& bytes) {
  if (!bytes.unread().starts_with(kByteOrderMark)) return false;
  bytes.skip(kByteOrderMark.size());
  return true;
}

}  // namespace scoria
