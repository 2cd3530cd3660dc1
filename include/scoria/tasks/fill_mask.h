#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "scoria/tasks/bert_runner.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

struct TokenGuess {
  std::int32_t id = 0;
  float probability = 0;  ///< of the whole vocabulary's softmax
};

/// A [MASK] of a text, and what may stand there.
struct MaskGuesses {
  TokenSpan place;                  ///< bytes of the raw text
  std::vector<TokenGuess> guesses;  ///< the most probable first, of equal ones the lower id
};

/// What may stand at every [MASK] of each text, by a BertForMaskedLM or BertForPreTraining, with top_k guesses. Masks
/// are guessed each for itself, with the others in place. Empty for a text without one.
///
///     fill_mask(runner, tokenizer, {{"paris is the [MASK] of france ."}}, 5)
///
/// Throws Error (Usage) for another head, Error (Input), naming the text by its number, for one longer than the model's
/// positions: a mask may stand anywhere in it.
std::vector<std::vector<MaskGuesses>> fill_mask(BertRunner& runner, const Tokenizer& tokenizer,
                                                std::span<const std::string_view> texts, std::size_t top_k = 5);

}  // namespace scoria
