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
constexpr std::size_t kMaxLineBytes = std::numeric_limits<std::uint32_t>::max() - 2 * kBlockBytes;
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
    if (left_out_ > 0) std::sort(words_.begin(), words_.end());
    return std::move(words_);
  }
  std::int64_t left_out() const { return left_out_; }

 private:
  void cut() {
    const auto more = [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    };
    std::nth_element(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(limit_), words_.end(), more);
    left_out_ += static_cast<std::int64_t>(words_.size() - limit_);
    words_.resize(limit_);
  }

  std::size_t limit_;
  WordCounts words_;
  std::int64_t left_out_ = 0;
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
  std::int64_t left_out = 0;
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
  std::string& pending = counter_->pending;
  while (!text.empty()) {
    // Neither a word nor a combining mark reaches across a newline: texts end with one, and long ones are cut there.
    std::size_t size = text.size();
    if (size > kBlockBytes) {
      size = text.rfind('\n', kBlockBytes);
      if (size == text.npos) size = text.find('\n', kBlockBytes);
      size = std::min(size, text.size());
    }
    if (size > kMaxLineBytes)
      throw Error(ErrorKind::Usage, "vocabulary: a line of 4 GiB or more; add it in parts, cut at spaces");
    pending.append(text.substr(0, size)).append("\n");
    if (pending.size() >= kBlockBytes) counter_->workers.push(std::exchange(pending, {}));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
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
  WordCounts out = words.take();
  counter_->left_out = words.left_out();
  return out;
}

std::int64_t VocabularyTrainer::words_left_out() const { return counter_->left_out; }

std::vector<std::string> VocabularyTrainer::train() { return train_vocabulary(word_counts(), options_); }

}  // namespace scoria
