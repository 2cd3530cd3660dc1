#include "text/word_runs.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <queue>

#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

// A record is its head, then the bytes of the word.
struct RecordHead {
  std::int64_t count;
  std::uint32_t size;
};
constexpr std::size_t kHeadBytes = sizeof(RecordHead::count) + sizeof(RecordHead::size);

[[noreturn]] void fail(const std::string& folder, const char* verb) {
  throw Error(ErrorKind::Io,
              fmt::format("vocabulary: cannot {} a temporary file in {}: {}; set TMPDIR to a folder with "
                          "room, or allow more memory for counting",
                          verb, folder, std::strerror(errno)));
}

}  // namespace

class WordRuns::Reader {
 public:
  Reader(int file, std::string folder, Run run) : file_(file), folder_(std::move(folder)), run_(run) {}

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
    for (std::size_t filled = had; filled < buffer_.size();) {
      const ssize_t got =
          ::pread(file_, buffer_.data() + filled, buffer_.size() - filled, static_cast<off_t>(run_.begin));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) fail(folder_, "read");
      filled += static_cast<std::size_t>(got);
      run_.begin += static_cast<std::uint64_t>(got);
    }
  }

  int file_;
  std::string folder_;
  Run run_;  // what is not yet in the buffer
  std::string buffer_;
  std::size_t at_ = 0;
};

WordRuns::~WordRuns() {
  if (file_ >= 0) ::close(file_);
}

void WordRuns::open() {
  std::error_code code;
  folder_ = std::filesystem::temp_directory_path(code).string();
  if (code) folder_ = "/tmp";
  std::string name = folder_ + "/scoria-words-XXXXXX";
  file_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file_ < 0) fail(folder_, "make");
  ::unlink(name.c_str());
}

void WordRuns::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(folder_, "write");
    size_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void WordRuns::add(const std::vector<CountedWord>& words) {
  const std::lock_guard lock(mutex_);
  if (file_ < 0) open();
  const std::uint64_t begin = size_;
  std::string buffer;
  for (const CountedWord& word : words) {
    const RecordHead head{word.count, static_cast<std::uint32_t>(word.bytes.size())};
    buffer.append(reinterpret_cast<const char*>(&head.count), sizeof head.count);
    buffer.append(reinterpret_cast<const char*>(&head.size), sizeof head.size).append(word.bytes);
    if (buffer.size() < kBufferBytes) continue;
    write(buffer);
    buffer.clear();
  }
  write(buffer);
  runs_.push_back({begin, size_});
}

std::vector<WordRuns::Source> WordRuns::sources() const {
  std::vector<Source> sources;
  for (const Run& run : runs_)
    sources.push_back(
        [reader = std::make_shared<Reader>(file_, folder_, run)](CountedWord& word) { return reader->next(word); });
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
