#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// SentencePiece's precompiled_charsmap: byte strings and what stands for each.
///
///     u32 size of the trie in bytes | the trie: u32 units of a double array | texts, each ended by a zero byte
///
/// A unit, all little-endian: bits 0..7 the label, bit 8 whether a string ends here, bit 9 whether the offset is
/// shifted by 8, bits 10..30 the offset, by which the place of the children is found with an exclusive or; the unit at
/// label 0 of a string's end has bit 31 and the place of its text in the other bits.
/// Source: Yata 2012, darts-clone; sentencepiece's normalizer.
class PrecompiledMap {
 public:
  /// Throws Error (Input), saying what is wrong, for a map that can lead outside itself or texts that are not UTF-8.
  explicit PrecompiledMap(std::string_view blob);

  /// What stands for the shortest string of the map that `bytes` starts with; as in Hugging Face's tokenizers, which
  /// take it for all of `bytes`. (sentencepiece itself takes the longest, for its own bytes alone.)
  std::optional<std::string_view> find(std::string_view bytes) const;

 private:
  void check() const;

  std::vector<std::uint32_t> units_;
  std::string texts_;
};

}  // namespace scoria
