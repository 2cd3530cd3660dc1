#pragma once

#include <functional>

#include "scoria/data/token_store.h"

namespace scoria {

/// Hands on the tokenized corpus a piece at a time, about a MiB of text each, in its order whatever the threads.
/// Throws what tokenize_corpus throws, and what `take` does.
void tokenize_pieces(const Corpus& corpus, const Tokenizer& tokenizer, const TokenizeOptions& options,
                     const CorpusProgress& progress, const std::function<void(TokenStore)>& take);

}  // namespace scoria
