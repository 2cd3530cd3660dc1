#pragma once

#include <string_view>

namespace scoria {

/// What the word before a point says of it.
enum class Abbreviation {
  None,
  Inside,        ///< never ends a sentence: a title, "e.g."
  BeforeNumber,  ///< "No. 5", "pp. 12", else an ordinary word
  MayEnd,        ///< "etc.", "Inc.", "U.S.", an initial: ends one only before a word that often starts one
};

/// `word` is what stands before the point, without brackets and quotes before it: "Dr", "e.g", "U.S", "J".
Abbreviation abbreviation_of(std::string_view word);

/// Words that seldom follow a name or an abbreviation inside a sentence with a capital: The, He, In, ...
bool often_starts_sentence(std::string_view word);

}  // namespace scoria
