// Reading a corpus in any of its formats: documents alone, and cut into sentences. MB/s are of text, unpacked.
#include <fmt/format.h>

#include "bench.h"
#include "scoria/data/corpus.h"

using namespace scoria;

std::vector<BenchRow> bench_read(const BenchSettings& settings) {
  const Corpus corpus({settings.corpus});
  std::uint64_t bytes = 0, documents = 0, sentences = 0;
  std::vector<std::string_view> cut;
  const auto measure = [&](bool split) {
    return median_ms(settings.repeats, [&] {
      bytes = documents = sentences = 0;
      corpus.for_each_document([&](const Document& document) {
        ++documents;
        bytes += document.text.size();
        if (!split) return;
        split_sentences(document.text, LineMeaning::Prose, cut);
        sentences += cut.size();
      });
    });
  };
  const double read_ms = measure(false), split_ms = measure(true);
  return {{"read", bytes, read_ms, fmt::format("{} documents", documents)},
          {"read, sentences", bytes, split_ms, fmt::format("{} documents, {} sentences", documents, sentences)}};
}
