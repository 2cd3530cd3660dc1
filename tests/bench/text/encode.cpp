// Encoding, a line a text, in batches: all lists of an Encoding, and the ids alone.
#include <algorithm>
#include <string_view>

#include "base/block_workers.h"
#include "bench.h"
#include "scoria/text/tokenizer.h"

using namespace scoria;

namespace {

constexpr std::size_t kBatch = 1000;

std::vector<TextInput> lines_of(std::string_view text) {
  std::vector<TextInput> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back({text.substr(at, end - at)});
    at = end + 1;
  }
  return lines;
}

/// Calls encode(first, count) for batch after batch.
template <typename Encode>
void for_each_batch(std::size_t count, const Encode& encode) {
  for (std::size_t at = 0; at < count; at += kBatch) encode(at, std::min(kBatch, count - at));
}

double measure_ids(const Tokenizer& tokenizer, const std::vector<TextInput>& lines, const BenchSettings& settings) {
  struct Range {
    std::size_t begin, count;
  };
  std::vector<std::vector<std::int32_t>> ids(static_cast<std::size_t>(settings.thread_count));
  return median_ms(settings.repeats, [&] {
    BlockWorkers<Range> workers(settings.thread_count, [&](int worker, Range& range) {
      std::vector<std::int32_t>& own = ids[static_cast<std::size_t>(worker)];
      own.clear();
      for (std::size_t i = 0; i < range.count; ++i) tokenizer.append_ids(lines[range.begin + i].first, own);
    });
    for_each_batch(lines.size(), [&](std::size_t begin, std::size_t count) { workers.push({begin, count}); });
    workers.finish();
  });
}

}  // namespace

std::vector<BenchRow> bench_encode(const BenchSettings& settings) {
  const Tokenizer tokenizer = Tokenizer::load(settings.vocabulary);
  const std::string text = read_corpus(settings.corpus);
  const std::vector<TextInput> lines = lines_of(text);
  const std::span<const TextInput> all = lines;
  const double full = median_ms(settings.repeats, [&] {
    for_each_batch(lines.size(), [&](std::size_t begin, std::size_t count) {
      tokenizer.encode_batch(all.subspan(begin, count), {.offset_unit = OffsetUnit::CodePoints}, settings.thread_count);
    });
  });
  std::vector<std::int32_t> whole, alone;
  for (const TextInput& line : lines) {
    const Encoding encoding = tokenizer.encode(line, {});
    whole.insert(whole.end(), encoding.ids.begin(), encoding.ids.end());
    tokenizer.append_ids(line.first, alone);
  }
  const double ids = measure_ids(tokenizer, lines, settings);
  return {{"encode", text.size(), full, digest(whole)}, {"encode ids", text.size(), ids, digest(alone)}};
}
