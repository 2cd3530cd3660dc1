#include "scoria/text/vocabulary.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/block_workers.h"
#include "scoria/error.h"
#include "text/word_counter.h"

namespace scoria {
namespace {

// Large enough that handing one over costs nothing, small enough that all threads get some of a small text.
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

}  // namespace

void WordCounter::add(std::string_view text) {
  splitter_.start(text, 0, text.size());
  WordSplitter::Word word;
  while (splitter_.next(word)) {
    std::string_view key = word.bytes;
    if (!word.sources) {
      folded_.resize(key.size());
      for (std::size_t i = 0; i < key.size(); ++i)
        folded_[i] = static_cast<char>(splitter_.fold()[static_cast<unsigned char>(key[i])]);
      key = folded_;
    }
    const auto found = counts_.find(key);
    if (found != counts_.end())
      ++found->second;
    else
      counts_.emplace(key, 1);
  }
}

struct VocabularyTrainer::Counter {
  explicit Counter(const VocabularyOptions& options)
      : counters(static_cast<std::size_t>(resolve_thread_count(options.thread_count)), WordCounter(options.text)),
        workers(resolve_thread_count(options.thread_count),
                [this](int worker, std::string& block) { counters[static_cast<std::size_t>(worker)].add(block); }) {}

  void flush() {
    if (!pending.empty()) workers.push(std::exchange(pending, {}));
    workers.finish();
  }

  std::vector<WordCounter> counters;
  std::string pending;
  BlockWorkers<std::string> workers;
};

VocabularyTrainer::VocabularyTrainer(const VocabularyOptions& options)
    : options_(options), counter_(std::make_unique<Counter>(options)) {}
VocabularyTrainer::~VocabularyTrainer() = default;
VocabularyTrainer::VocabularyTrainer(VocabularyTrainer&&) noexcept = default;
VocabularyTrainer& VocabularyTrainer::operator=(VocabularyTrainer&&) noexcept = default;

void VocabularyTrainer::add(std::string_view text) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max() - kBlockBytes)
    throw Error(ErrorKind::Usage, "vocabulary: a text of 4 GiB or more; add it in parts, cut at spaces");
  std::string& pending = counter_->pending;
  // Texts are apart: neither a word nor a combining mark reaches across the newline.
  pending.append(text).append("\n");
  if (pending.size() >= kBlockBytes) counter_->workers.push(std::exchange(pending, {}));
}

std::vector<std::pair<std::string, std::int64_t>> VocabularyTrainer::word_counts() {
  counter_->flush();
  WordCounter::Counts all;
  for (const WordCounter& counter : counter_->counters)
    for (const auto& [word, count] : counter.counts()) all[word] += count;
  std::vector<std::pair<std::string, std::int64_t>> out(all.begin(), all.end());
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> VocabularyTrainer::train() { return train_vocabulary(word_counts(), options_); }

}  // namespace scoria
