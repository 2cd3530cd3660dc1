#pragma once

#include <cstdint>

#include "scoria/data/token_store.h"

namespace scoria {

struct CorpusCounts {
  std::uint64_t documents = 0, sentences = 0;
  std::uint64_t words = 0;  ///< tokens that continue no word
  std::uint64_t tokens = 0;
  std::uint64_t unknown = 0;  ///< tokens that are [UNK]
};

/// Tokenizes a corpus as tokenize_corpus does and keeps nothing but the counts: memory for a few MiB of text a thread.
CorpusCounts count_corpus(const Corpus& corpus, const Tokenizer& tokenizer, const TokenizeOptions& options = {},
                          const CorpusProgress& progress = {});

}  // namespace scoria
