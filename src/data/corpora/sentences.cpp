#include <utf8proc.h>

#include <array>
#include <string_view>
#include <vector>

#include "data/corpora/abbreviations.h"
#include "data/corpora/utf8_text.h"
#include "scoria/data/corpus.h"

namespace scoria {
namespace {

enum class Mark { None, Point, Other, Ideographic };

Mark mark_of(char32_t c) {
  switch (c) {
    case '.':
      return Mark::Point;
    case '!':
    case '?':
    case 0x2026:  // ...
    case 0x203C:
    case 0x203D:
    case 0x2047:
    case 0x2048:
    case 0x2049:  // !! interrobang ?? ?! !?
    case 0x0589:
    case 0x061F:
    case 0x06D4:
    case 0x0964:
    case 0x0965:  // Armenian, Arabic, Urdu, Devanagari
      return Mark::Other;
    case 0x3002:
    case 0xFF01:
    case 0xFF1F:
    case 0xFF61:
    case 0xFF0E:
      return Mark::Ideographic;
    default:
      return Mark::None;
  }
}

/// Whether a byte may be the first of a mark: most text is stepped over by this alone.
constexpr std::array<bool, 256> kMayStartMark = [] {
  std::array<bool, 256> may{};
  for (const char lead : std::string_view(".!?\xD6\xD8\xDB\xE0\xE2\xE3\xEF"))
    may[static_cast<unsigned char>(lead)] = true;
  return may;
}();

std::size_t find_possible_mark(std::string_view text, std::size_t at) {
  while (at < text.size() && !kMayStartMark[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

int category(char32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

bool closes(char32_t c) {
  const int kind = category(c);
  return c == '"' || c == '\'' || kind == UTF8PROC_CATEGORY_PE || kind == UTF8PROC_CATEGORY_PF;
}

bool opens(char32_t c) {
  const int kind = category(c);
  return c == '"' || c == '\'' || kind == UTF8PROC_CATEGORY_PS || kind == UTF8PROC_CATEGORY_PI;
}

bool is_space(char c) { return c == ' ' || c == '\t'; }

/// One paragraph; finds where its sentences end.
class Paragraph {
 public:
  explicit Paragraph(std::string_view text) : text_(text) {}

  void split(std::vector<std::string_view>& sentences) {
    for (std::size_t at = 0; (at = find_possible_mark(text_, at)) < text_.size();) {
      const auto [c, size] = code_point_at(text_, at);
      const Mark mark = mark_of(c);
      if (mark == Mark::None) {
        at += size;
        continue;
      }
      const std::size_t end = end_of_marks(at);
      if (mark == Mark::Ideographic || is_end(at, end, mark)) add(end, sentences);
      at = end;
    }
    add(text_.size(), sentences);
  }

 private:
  /// Past the marks at `at` and the quotes and brackets that close after them.
  std::size_t end_of_marks(std::size_t at) const {
    bool closing = false;
    while (at < text_.size()) {
      const auto [c, size] = code_point_at(text_, at);
      const bool is_mark = mark_of(c) != Mark::None;
      if (!(is_mark && !closing) && !closes(c)) break;
      closing = closing || !is_mark;
      at += size;
    }
    return at;
  }

  bool is_end(std::size_t mark, std::size_t end, Mark kind) const {
    if (end >= text_.size()) return true;
    if (!is_space(text_[end])) return false;
    std::size_t next = end;
    while (next < text_.size() && is_space(text_[next])) ++next;
    const std::size_t word = skip_opening(next);
    if (word == text_.size()) return true;
    const char32_t first = code_point_at(text_, word).value;
    if (category(first) == UTF8PROC_CATEGORY_LL) return false;
    // A dash or comma goes on with the sentence ("What?" - he said).
    if (word == next && !starts(first)) return false;
    const bool single_point = kind == Mark::Point && (mark + 1 == text_.size() || text_[mark + 1] != '.');
    return !single_point || point_ends(mark, word);
  }

  static bool starts(char32_t c) {
    const int kind = category(c);
    const bool letter = kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
    const bool number = kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO;
    return letter || number || c == 0xFFFD || c == '$' || c == '#' || c == '@' || c == '&';
  }

  std::size_t skip_opening(std::size_t at) const {
    while (at < text_.size()) {
      const auto [c, size] = code_point_at(text_, at);
      if (!opens(c)) break;
      at += size;
    }
    return at;
  }

  bool point_ends(std::size_t point, std::size_t next) const {
    const std::string_view before = word_before(point);
    const bool next_is_number = text_[next] >= '0' && text_[next] <= '9';
    switch (abbreviation_of(before)) {
      case Abbreviation::Inside:
        return false;
      case Abbreviation::BeforeNumber:
        return !next_is_number;
      case Abbreviation::MayEnd:
        return often_starts_sentence(word_at(next));
      case Abbreviation::None:
        break;
    }
    // "1. Of trees": a number that is all the sentence so far is a heading's or a list's.
    const bool is_number = !before.empty() && before.find_first_not_of("0123456789") == before.npos;
    return !(is_number && before.data() == text_.data() + start_of_sentence());
  }

  std::size_t start_of_sentence() const {
    std::size_t at = begin_;
    while (at < text_.size() && is_space(text_[at])) ++at;
    return at;
  }

  std::string_view word_before(std::size_t point) const {
    std::size_t from = point;
    while (from > begin_ && !is_space(text_[from - 1])) --from;
    while (from < point) {
      const auto [c, size] = code_point_at(text_, from);
      if (!opens(c)) break;
      from += size;
    }
    // "S.-J. Smith", "1905-Dr.": only what follows the last hyphen or slash decides.
    const std::string_view word = text_.substr(from, point - from);
    const std::size_t joint = word.find_last_of("-/");
    return joint == word.npos ? word : word.substr(joint + 1);
  }

  std::string_view word_at(std::size_t at) const {
    std::size_t end = at;
    while (end < text_.size() && ((text_[end] >= 'a' && text_[end] <= 'z') || (text_[end] >= 'A' && text_[end] <= 'Z')))
      ++end;
    return text_.substr(at, end - at);
  }

  void add(std::size_t end, std::vector<std::string_view>& sentences) {
    std::size_t from = begin_;
    begin_ = end;
    while (from < end && is_space(text_[from])) ++from;
    while (end > from && is_space(text_[end - 1])) --end;
    if (from < end) sentences.push_back(text_.substr(from, end - from));
  }

  std::string_view text_;
  std::size_t begin_ = 0;
};

}  // namespace

void split_sentences(std::string_view text, LineMeaning meaning, std::vector<std::string_view>& sentences) {
  sentences.clear();
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (meaning == LineMeaning::Prose)
      Paragraph(line).split(sentences);
    else if (!line.empty())
      sentences.push_back(line);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
}

}  // namespace scoria
