#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "scoria/text/encoding.h"
#include "text/precompiled_map.h"

namespace scoria {

/// What becomes of an ASCII byte that stands between others, or 0 where that is not one ASCII byte whatever its
/// neighbours are; no byte but the space becomes a space.
using AsciiFold = std::array<unsigned char, 256>;

/// One of the normalizers of Hugging Face's tokenizers.
class NormalizerStep {
 public:
  virtual ~NormalizerStep() = default;
  /// `spare` is memory to work in. False where sources would also change behind the end of a text that goes on.
  virtual bool apply(NormalizedWord& text, NormalizedWord& spare) const = 0;
  /// Carries the table through this step.
  virtual void fold(AsciiFold& ascii) const = 0;
};

using NormalizerSteps = std::vector<std::unique_ptr<const NormalizerStep>>;

/// SentencePiece's map, cluster by cluster.
std::unique_ptr<const NormalizerStep> precompiled_step(PrecompiledMap map);
/// `content` for each `pattern`, from the left; an empty pattern is found nowhere.
std::unique_ptr<const NormalizerStep> replace_step(std::string pattern, std::string content);
/// `content` for each run of `least` or more spaces.
std::unique_ptr<const NormalizerStep> replace_spaces_step(std::size_t least, std::string content);
/// Unicode's normal forms: "NFC", "NFD", "NFKC" or "NFKD", as of the tables that tokenizers carry.
std::unique_ptr<const NormalizerStep> normal_form_step(bool is_compatible, bool composes);
std::unique_ptr<const NormalizerStep> lowercase_step();
std::unique_ptr<const NormalizerStep> strip_step(bool left, bool right);
std::unique_ptr<const NormalizerStep> strip_accents_step();
/// That of Google's machine translation: control characters dropped, kinds of space made spaces.
std::unique_ptr<const NormalizerStep> nmt_step();
std::unique_ptr<const NormalizerStep> prepend_step(std::string prefix);

}  // namespace scoria
