#include "text/word_runs.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <queue>
#include <span>

namespace scoria {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

// A record is its head, then the bytes of the word.
struct RecordHead {
  std::int64_t count;
  std::uint32_t size;
};
constexpr std::size_t kHeadBytes = sizeof(RecordHead::count) + sizeof(RecordHead::size);

}  // namespace

class WordRuns::Reader {
 public:
  Reader(const UnnamedFile& file, Run run) : file_(file), run_(run) {}

  bool next(CountedWord& word) {
    if (at_ == buffer_.size() && run_.begin == run_.end) return false;
    RecordHead head{};
    need(kHeadBytes);
    std::memcpy(&head.count, buffer_.data() + at_, sizeof head.count);
    std::memcpy(&head.size, buffer_.data() + at_ + sizeof head.count, sizeof head.size);
    at_ += kHeadBytes;
    need(head.size);
    word = {std::string_view(buffer_).substr(at_, head.size), head.count};
    at_ += head.size;
    return true;
  }

 private:
  /// Makes the next `count` bytes of the run lie in the buffer.
  void need(std::size_t count) {
    if (buffer_.size() - at_ >= count) return;
    buffer_.erase(0, at_);
    at_ = 0;
    const std::size_t had = buffer_.size();
    buffer_.resize(had + std::min<std::size_t>(kBufferBytes, run_.end - run_.begin));
    file_.read_at(run_.begin, std::span(buffer_).subspan(had));
    run_.begin += buffer_.size() - had;
  }

  const UnnamedFile& file_;
  Run run_;  // what is not yet in the buffer
  std::string buffer_;
  std::size_t at_ = 0;
};

void WordRuns::add(const std::vector<CountedWord>& words) {
  const std::lock_guard lock(mutex_);
  if (!file_) file_.emplace("vocabulary", "allow more memory for counting");
  const std::uint64_t begin = file_->size();
  std::string buffer;
  for (const CountedWord& word : words) {
    const RecordHead head{word.count, static_cast<std::uint32_t>(word.bytes.size())};
    buffer.append(reinterpret_cast<const char*>(&head.count), sizeof head.count);
    buffer.append(reinterpret_cast<const char*>(&head.size), sizeof head.size).append(word.bytes);
    if (buffer.size() < kBufferBytes) continue;
    file_->append(buffer);
    buffer.clear();
  }
  file_->append(buffer);
  runs_.push_back({begin, file_->size()});
}

std::vector<WordRuns::Source> WordRuns::sources() const {
  std::vector<Source> sources;
  for (const Run& run : runs_)
    sources.push_back(
        [reader = std::make_shared<Reader>(*file_, run)](CountedWord& word) { return reader->next(word); });
  return sources;
}

void merge_counts(const std::vector<WordRuns::Source>& sources, const std::function<void(const CountedWord&)>& visit) {
  struct Head {
    CountedWord word;
    std::size_t source;
  };
  const auto later = [](const Head& a, const Head& b) { return a.word.bytes > b.word.bytes; };
  std::priority_queue<Head, std::vector<Head>, decltype(later)> heads(later);
  const auto advance = [&](std::size_t source) {
    CountedWord word;
    if (sources[source](word)) heads.push({word, source});
  };
  for (std::size_t i = 0; i < sources.size(); ++i) advance(i);
  std::string word;
  while (!heads.empty()) {
    word = heads.top().word.bytes;
    std::int64_t total = 0;
    while (!heads.empty() && heads.top().word.bytes == word) {
      const Head head = heads.top();
      heads.pop();
      total += head.word.count;
      advance(head.source);
    }
    visit({word, total});
  }
}

}  // namespace scoria
