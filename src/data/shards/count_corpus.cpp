#include <vector>

#include "data/shards/tokenize_pieces.h"
#include "scoria/data/corpus_counts.h"

namespace scoria {

CorpusCounts count_corpus(const Corpus& corpus, const Tokenizer& tokenizer, const TokenizeOptions& options,
                          const CorpusProgress& progress) {
  std::vector<std::uint64_t> uses(static_cast<std::size_t>(tokenizer.size()));
  CorpusCounts counts;
  tokenize_pieces(corpus, tokenizer, options, progress, [&](const TokenStore& piece) {
    counts.documents += piece.document_count();
    counts.sentences += piece.sentence_count();
    counts.tokens += piece.token_count();
    for (std::size_t b = 0; b < piece.block_count(); ++b) {
      const TokenBlock block = piece.block(b);
      for (std::uint32_t i = 0; i < block.token_count(); ++i) ++uses[static_cast<std::size_t>(block.token(i))];
    }
  });
  counts.unknown = uses[static_cast<std::size_t>(tokenizer.unk_id())];
  for (std::int32_t id = 0; id < tokenizer.size(); ++id)
    if (!tokenizer.continues_word(id)) counts.words += uses[static_cast<std::size_t>(id)];
  return counts;
}

}  // namespace scoria
