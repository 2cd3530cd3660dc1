#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// Bytes [begin, end) of the raw text that a token came from; {0, 0} for a token that was added.
struct TokenSpan {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  friend bool operator==(const TokenSpan&, const TokenSpan&) = default;
};

/// One encoded text or pair. Each list has one entry a token.
struct Encoding {
  std::vector<std::int32_t> ids;
  /// Into the raw text; those of the second text of a pair are into the second text.
  std::vector<TokenSpan> offsets;
  /// 0 for the first text with its [CLS] and [SEP] and for padding, 1 for the second with its [SEP].
  std::vector<std::int32_t> segments;
  /// 0 for padding, 1 for the rest.
  std::vector<std::uint8_t> attention_mask;
  /// 1 for the [CLS] and [SEP] that were added and for padding; 0 for text, even where it says "[MASK]".
  std::vector<std::uint8_t> special_tokens_mask;
  /// What truncation cut off, as further windows of the same length with the same special tokens. Those of a window
  /// are empty.
  std::vector<Encoding> overflow;
  friend bool operator==(const Encoding&, const Encoding&) = default;
};

/// A word between normalization and WordPiece, as the vocabulary is matched against it.
struct NormalizedWord {
  std::string text;
  /// For each byte of text the bytes of raw text that it came from.
  std::vector<TokenSpan> sources;
};

/// One text, or a pair.
struct TextInput {
  std::string_view first;
  std::optional<std::string_view> second = {};
};

enum class OffsetUnit { Bytes, CodePoints };
enum class Side { Left, Right };

enum class Truncation {
  None,
  LongestFirst,  ///< the longer of a pair down to the other, then both alike
  OnlyFirst,     ///< the first text alone is cut; Error (Usage) if that does not suffice
  OnlySecond,    ///< likewise the second; Error (Usage) if there is none
};

enum class Padding {
  None,
  Longest,  ///< to the longest of the batch
  Fixed,    ///< to padded_length; what is longer stays
};

/// What Hugging Face's tokenizers do with enable_truncation and enable_padding, token for token.
struct EncodeOptions {
  bool add_special_tokens = true;
  OffsetUnit offset_unit = OffsetUnit::Bytes;

  Truncation truncation = Truncation::None;
  /// Tokens of a window, the special ones included.
  std::uint32_t max_length = 512;
  /// Tokens of a text that a window repeats from the one before; Error (Usage) unless fewer than it holds of it.
  std::uint32_t stride = 0;
  /// Where the text is cut: with Left the first window is its end.
  Side truncation_side = Side::Right;

  Padding padding = Padding::None;
  std::uint32_t padded_length = 0;
  /// Padded lengths are rounded up to a multiple of this; 0 and 1: of anything.
  std::uint32_t pad_to_multiple_of = 0;
  Side padding_side = Side::Right;
};

/// Turns byte offsets into offsets in Unicode code points, the unit of Python and Hugging Face, in place.
/// A byte that is not UTF-8 counts as one.
void to_code_points(std::string_view text, std::span<TokenSpan> offsets);

}  // namespace scoria
