#include "data/corpora/document_text.h"

#include <algorithm>

namespace scoria {
namespace {

constexpr std::size_t kPartBytes = std::size_t{4} << 20;
// A text without line ends is cut in its second half.
constexpr std::size_t kLeastPartBytes = kPartBytes / 2;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }
bool is_blank_or_end(char c) { return c == '\n' || is_blank(c); }

// Loops of their own: the library's search for one of several characters calls memchr for each byte, and lines of
// nothing but blanks, or without any, are what hostile files are made of.
template <typename Is>
std::size_t find_first_not(std::string_view text, std::size_t from, const Is& is) {
  while (from < text.size() && is(text[from])) ++from;
  return from;
}

/// Bytes before the blanks at the end.
template <typename Is>
std::size_t size_without_end(std::string_view text, const Is& is) {
  std::size_t size = text.size();
  while (size > 0 && is(text[size - 1])) --size;
  return size;
}

/// Where to cut a text that is full: at the last end of a line in its second half, or else the last blank there, or
/// else at its end.
std::size_t find_cut(std::string_view text) {
  const std::string_view half = text.substr(kLeastPartBytes);
  if (const std::size_t end = half.rfind('\n'); end != half.npos) return kLeastPartBytes + end;
  std::size_t cut = text.size();
  while (cut > kLeastPartBytes && !is_blank(text[cut - 1])) --cut;
  return cut > kLeastPartBytes ? cut : text.size();
}

}  // namespace

Utf8Repairs DocumentText::add(std::string_view raw) {
  Utf8Repairs at_start;
  if (!in_line_) {
    const std::size_t first = find_first_not(raw, 0, [](char c) { return c == '\0' || is_blank(c); });
    at_start.nuls = static_cast<std::uint64_t>(std::count(raw.begin(), raw.begin() + static_cast<long>(first), '\0'));
    raw.remove_prefix(first);
    if (raw.empty()) return at_start;
    if (!text_.empty()) text_ += '\n';
    in_line_ = true;
  }
  Utf8Repairs repairs = append_valid_utf8(raw, text_);
  repairs.nuls += at_start.nuls;
  return repairs;
}

bool DocumentText::end_line() {
  if (!in_line_) return false;
  text_.resize(size_without_end(text_, is_blank));
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
  const std::size_t cut = find_cut(text_);
  taken_ = find_first_not(text_, cut, is_blank_or_end);
  if (taken_ == text_.size()) in_line_ = false;
  const std::string_view part = std::string_view(text_).substr(0, cut);
  return part.substr(0, size_without_end(part, is_blank_or_end));
}

void DocumentText::clear_taken() {
  text_.erase(0, taken_);
  taken_ = 0;
}

}  // namespace scoria
