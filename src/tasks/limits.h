#pragma once

#include <cstdint>

#include "scoria/tasks/bert_runner.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

/// Throws Error (Usage) unless the runner's model has this head.
void require_head(const BertRunner& runner, BertHead head);

/// Tokens of a text that the model reads: max_length, or where it is 0 most_tokens(). Throws Error (Usage) for more than
/// the model has positions, or fewer than the 3 special tokens of a pair and a token.
std::int64_t length_limit(const BertRunner& runner, const Tokenizer& tokenizer, std::int64_t max_length);

}  // namespace scoria
