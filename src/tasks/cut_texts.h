#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "scoria/text/tokenizer.h"

namespace scoria {

/// Encoded texts, each as one or several windows.
struct CutTexts {
  std::vector<Encoding> windows;    ///< those of the first text, then those of the second, ...
  std::vector<std::size_t> counts;  ///< of each text's windows
};

/// Texts and pairs in windows of max_length tokens, `stride` apart, or with stride 0 cut off at their end: LongTexts.
CutTexts cut_texts(const Tokenizer& tokenizer, std::span<const TextInput> texts, std::int64_t max_length,
                   std::int64_t stride);

}  // namespace scoria
