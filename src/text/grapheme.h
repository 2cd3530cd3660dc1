#pragma once

#include <cstdint>

namespace scoria::unicode {

/// Finds where extended grapheme clusters begin, code point by code point. The classes are those of Hugging Face's
/// tokenizers, pinned in our source. Source: Unicode Standard Annex 29, section 3.1.1.
class GraphemeBreaker {
 public:
  /// True if a cluster begins with c, the next code point of the text; always for the first one.
  bool begins_with(char32_t c);

 private:
  std::uint8_t previous_ = 0;
  enum : std::uint8_t { kNoEmoji, kEmoji, kEmojiJoined } emoji_ = kNoEmoji;
  enum : std::uint8_t { kNoConjunct, kConsonantSeen, kLinkerSeen } conjunct_ = kNoConjunct;
  bool odd_indicators_ = false;  ///< an odd number of regional indicators ends here
};

}  // namespace scoria::unicode
