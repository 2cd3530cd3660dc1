#include "scoria/text/vocabulary.h"

#include <algorithm>
#include <limits>

#include "base/block_workers.h"
#include "scoria/error.h"
#include "text/vocabulary_learners.h"
#include "text/word_counter.h"
#include "text/word_runs.h"

namespace scoria {
namespace {

// Large enough that handing one over costs nothing, small enough that all threads get some of a small text.
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
// Shorter runs than this would be many; their number costs memory too when they are merged.
constexpr std::size_t kLeastTableBytes = std::size_t{16} << 20;

/// The most frequent words of those that come by in the order of their bytes.
class FrequentWords {
 public:
  explicit FrequentWords(std::int64_t limit) : limit_(static_cast<std::size_t>(limit)) {}

  void add(const CountedWord& word) {
    words_.emplace_back(word.bytes, word.count);
    if (words_.size() / 2 >= limit_) cut();
  }
  /// Sorted by their bytes.
  WordCounts take() {
    if (words_.size() > limit_) cut();
    if (was_cut_) std::sort(words_.begin(), words_.end());
    return std::move(words_);
  }

 private:
  void cut() {
    const auto more = [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    };
    std::nth_element(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(limit_), words_.end(), more);
    words_.resize(limit_);
    was_cut_ = true;
  }

  std::size_t limit_;
  WordCounts words_;
  bool was_cut_ = false;
};

}  // namespace

struct VocabularyTrainer::Counter {
  Counter(const VocabularyOptions& options, int threads)
      // A table may double while it takes a block, and is sorted: a quarter of its share is when to empty it.
      : table_bytes(std::max(kLeastTableBytes, options.counting_bytes / 4 / static_cast<std::size_t>(threads))),
        workers(threads,
                [this](int worker, std::string& block) { count(counters[static_cast<std::size_t>(worker)], block); }) {
    for (int i = 0; i < threads; ++i) counters.emplace_back(options.text);
  }

  void count(WordCounter& counter, const std::string& block) {
    counter.add(block);
    if (counter.table().memory_bytes() < table_bytes) return;
    runs.add(counter.table().sorted());
    counter.table().clear();
  }

  void flush() {
    if (!pending.empty()) workers.push(std::exchange(pending, {}));
    workers.finish();
  }

  std::size_t table_bytes;
  std::vector<WordCounter> counters;
  WordRuns runs;
  std::string pending;
  BlockWorkers<std::string> workers;
};

VocabularyTrainer::VocabularyTrainer(const VocabularyOptions& options) : options_(options) {
  check_options(options);
  counter_ = std::make_unique<Counter>(options, resolve_thread_count(options.thread_count));
}
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

WordCounts VocabularyTrainer::word_counts() {
  counter_->flush();
  std::vector<std::vector<CountedWord>> tables;
  for (WordCounter& counter : counter_->counters) tables.push_back(counter.table().sorted());
  std::vector<WordRuns::Source> sources = counter_->runs.sources();
  for (const std::vector<CountedWord>& table : tables)
    sources.push_back([at = table.begin(), end = table.end()](CountedWord& word) mutable {
      return at != end && (word = *at++, true);
    });
  FrequentWords words(options_.word_limit);
  merge_counts(sources, [&](const CountedWord& word) { words.add(word); });
  return words.take();
}

std::vector<std::string> VocabularyTrainer::train() { return train_vocabulary(word_counts(), options_); }

}  // namespace scoria
