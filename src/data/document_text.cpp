#include "data/document_text.h"

#include <algorithm>

namespace scoria {
namespace {

constexpr std::size_t kPartBytes = std::size_t{4} << 20;
constexpr std::string_view kBlank = " \t\r\v\f";
constexpr std::string_view kBlankOrEnd = " \t\r\v\f\n";

}  // namespace

Utf8Repairs DocumentText::add(std::string_view raw) {
  if (!in_line_) {
    using namespace std::string_view_literals;
    const std::size_t first = std::min(raw.find_first_not_of(" \t\r\v\f\0"sv), raw.size());
    const auto nuls = static_cast<std::uint64_t>(std::count(raw.begin(), raw.begin() + static_cast<long>(first), '\0'));
    raw.remove_prefix(first);
    if (raw.empty()) return {.nuls = nuls};
    if (!text_.empty()) text_ += '\n';
    in_line_ = true;
    Utf8Repairs repairs = append_valid_utf8(raw, text_);
    repairs.nuls += nuls;
    return repairs;
  }
  return append_valid_utf8(raw, text_);
}

bool DocumentText::end_line() {
  if (!in_line_) return false;
  text_.resize(text_.find_last_not_of(kBlank) + 1);
  in_line_ = false;
  return true;
}

bool DocumentText::is_full() const { return text_.size() >= kPartBytes; }

std::string_view DocumentText::take() {
  end_line();
  taken_ = text_.size();
  return text_;
}

std::string_view DocumentText::take_part() {
  const std::size_t least = kPartBytes / 2;
  const auto from_second_half = [&](std::size_t at) { return at != text_.npos && at >= least; };
  std::size_t cut = text_.rfind('\n');
  if (!from_second_half(cut)) cut = text_.find_last_of(kBlank);
  if (!from_second_half(cut)) cut = text_.size();
  taken_ = std::min(text_.find_first_not_of(kBlankOrEnd, cut), text_.size());
  if (taken_ == text_.size()) in_line_ = false;
  const std::string_view part = std::string_view(text_).substr(0, cut);
  return part.substr(0, part.find_last_not_of(kBlankOrEnd) + 1);
}

void DocumentText::clear_taken() {
  text_.erase(0, taken_);
  taken_ = 0;
}

}  // namespace scoria
