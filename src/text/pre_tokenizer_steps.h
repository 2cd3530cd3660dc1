#pragma once

#include <string>
#include <vector>

#include "scoria/text/encoding.h"

namespace scoria {

/// Metaspace: spaces become a visible character, which then is part of the word that it stands before.
struct Metaspace {
  enum class Prepend { Always, First, Never };
  std::string replacement = "\u2581";  ///< one code point
  /// Where a piece does not start with the replacement: it is put before each, or before that at the text's start.
  Prepend prepend = Prepend::Always;
  bool split = true;  ///< before each replacement
};

/// A pre-tokenizer of Hugging Face's tokenizers: white space dropped and a border of pieces, or Metaspace.
struct PreTokenizerStep {
  bool is_metaspace = false;  ///< else WhitespaceSplit
  Metaspace metaspace = {};
};

/// A normalized text cut into pieces, which the model covers one by one.
struct Pieces {
  NormalizedWord text;
  std::vector<std::size_t> ends;  ///< of each piece; they follow one another
};

/// Cuts text[from, to); `spare` is memory to work in.
void pre_tokenize(const std::vector<PreTokenizerStep>& steps, const NormalizedWord& text, std::size_t from,
                  std::size_t to, Pieces& out, Pieces& spare);

}  // namespace scoria
