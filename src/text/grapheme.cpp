#include "text/grapheme.h"

#include "text/code_point_table.h"
#include "text/grapheme_tables.h"

namespace scoria::unicode {
namespace {

enum Class : std::uint8_t {
  kStart,  // of the text
  kOther,
  kCr,
  kLf,
  kControlCode,
  kExtendPlain,
  kExtendConjunct,
  kExtendLinker,
  kJoiner,
  kSpacing,
  kPrefix,
  kEmojiBase,
  kIndicConsonant,
  kIndicator,
  kL,
  kV,
  kT,
  kLV,
  kLVT
};

template <std::size_t N>
void mark(std::vector<std::uint8_t>& classes, const Range (&ranges)[N], Class value) {
  for (const Range& range : ranges)
    for (std::uint32_t c = range.first; c <= range.last; ++c) classes[c] = value;
}

CodePointTable make_classes() {
  std::vector<std::uint8_t> classes(kCodePoints, kOther);
  mark(classes, kControl, kControlCode);
  mark(classes, kExtend, kExtendPlain);
  mark(classes, kConjunctExtend, kExtendConjunct);
  mark(classes, kLinker, kExtendLinker);
  mark(classes, kSpacingMark, kSpacing);
  mark(classes, kPrepend, kPrefix);
  mark(classes, kPictographic, kEmojiBase);
  mark(classes, kConsonant, kIndicConsonant);
  mark(classes, kHangulL, kL);
  mark(classes, kHangulV, kV);
  mark(classes, kHangulT, kT);
  for (char32_t c = 0xAC00; c <= 0xD7A3; ++c) classes[c] = (c - 0xAC00) % 28 == 0 ? kLV : kLVT;
  for (char32_t c = 0x1F1E6; c <= 0x1F1FF; ++c) classes[c] = kIndicator;
  classes[0] = kControlCode;
  classes['\r'] = kCr;
  classes['\n'] = kLf;
  classes[0x200D] = kJoiner;
  return CodePointTable(classes);
}

bool is_control(std::uint8_t c) { return c == kCr || c == kLf || c == kControlCode; }
bool is_extend(std::uint8_t c) { return c == kExtendPlain || c == kExtendConjunct || c == kExtendLinker; }

bool is_syllable(std::uint8_t a, std::uint8_t b) {
  if (a == kL) return b == kL || b == kV || b == kLV || b == kLVT;
  if (a == kLV || a == kV) return b == kV || b == kT;
  return (a == kLVT || a == kT) && b == kT;
}

}  // namespace

bool GraphemeBreaker::begins_with(char32_t c) {
  static const CodePointTable classes = make_classes();
  const std::uint8_t a = previous_, b = classes[c];
  previous_ = b;
  if (a == kOther && b == kOther) return true;  // nearly all of nearly every text
  bool joined = false;
  if (a == kStart || is_control(a) || is_control(b))
    joined = a == kCr && b == kLf;
  else
    joined = is_syllable(a, b) || is_extend(b) || b == kJoiner || b == kSpacing || a == kPrefix ||
             (b == kIndicConsonant && conjunct_ == kLinkerSeen) || (b == kEmojiBase && emoji_ == kEmojiJoined) ||
             (b == kIndicator && odd_indicators_);
  odd_indicators_ = b == kIndicator && !odd_indicators_;
  if (b == kEmojiBase)
    emoji_ = kEmoji;
  else if (b == kJoiner)
    emoji_ = emoji_ == kEmoji ? kEmojiJoined : kNoEmoji;
  else if (!is_extend(b) || emoji_ == kEmojiJoined)
    emoji_ = kNoEmoji;
  if (b == kIndicConsonant)
    conjunct_ = kConsonantSeen;
  else if (b == kExtendLinker)
    conjunct_ = conjunct_ == kNoConjunct ? kNoConjunct : kLinkerSeen;
  else if (b != kExtendConjunct && b != kJoiner)
    conjunct_ = kNoConjunct;
  return !joined;
}

}  // namespace scoria::unicode
