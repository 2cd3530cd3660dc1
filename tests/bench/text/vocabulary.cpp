// Learning a vocabulary of 30,522 by `bpe`: the file read, its words counted, the merges made, the report computed.
#include <fmt/format.h>

#include "bench.h"
#include "scoria/data/corpus.h"
#include "scoria/text/vocabulary.h"

using namespace scoria;

std::vector<BenchRow> bench_vocabulary(const BenchSettings& settings) {
  VocabularyOptions options;
  options.thread_count = settings.thread_count;
  const Corpus corpus({settings.corpus});
  std::int32_t size = 0;
  const double ms = median_ms(settings.repeats, [&] {
    VocabularyTrainer trainer(options);
    corpus.for_each_document([&](const Document& document) { trainer.add(document.text); });
    const WordCounts words = trainer.word_counts();
    const Tokenizer tokenizer(train_vocabulary(words, options));
    report_vocabulary(tokenizer, words);
    size = tokenizer.size();
  });
  return {{"vocabulary", corpus.byte_count(), ms, fmt::format("{} tokens", size)}};
}
