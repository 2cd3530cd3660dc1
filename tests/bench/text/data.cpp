// Making pretraining data from one sentence a line, shards on disk and all: finished examples, one pass over the text
// by Google's algorithm; and documents, from which new examples are made in each epoch.
#include "bench.h"
#include "scoria/data/pretraining.h"
#include "support/temporary_folder.h"

using namespace scoria;

std::vector<BenchRow> bench_data(const BenchSettings& settings) {
  const Tokenizer tokenizer = Tokenizer::load(settings.vocabulary, {.text = {.contract = TextContract::Google}});
  const Corpus corpus({settings.corpus});
  const TokenizeOptions options{
      .lines = LineMeaning::Sentences, .max_sentence_tokens = UINT32_MAX, .thread_count = settings.thread_count};
  const TemporaryFolder folder;
  const auto documents = folder / "documents", examples = folder / "examples";
  const double whole = median_ms(settings.repeats, [&] {
    write_token_shards(corpus, tokenizer, options, documents);
    write_examples(TokenStore::open(documents, tokenizer), tokenizer, {.dupe_factor = 1}, examples);
  });
  const double tokens = median_ms(settings.repeats, [&] { write_token_shards(corpus, tokenizer, options, documents); });
  std::vector<std::int32_t> ids;
  for_each_example(examples, tokenizer, [&](const PretrainingExample& example) {
    ids.insert(ids.end(), example.ids.begin(), example.ids.end());
    return true;
  });
  const TokenStore store = TokenStore::open(documents, tokenizer);
  return {{"examples", corpus.byte_count(), whole, digest(ids)},
          {"documents", corpus.byte_count(), tokens, std::to_string(store.token_count()) + " tokens"}};
}
