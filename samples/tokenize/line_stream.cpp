#include "line_stream.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "base/block_workers.h"
#include "io/atomic_write.h"
#include "io/file.h"
#include "scoria/error.h"
#include "support/progress_view.h"
#include "support/standard_output.h"
#include "support/threads_option.h"

namespace {

using namespace scoria;
using Write = std::function<void(std::string_view)>;

constexpr std::size_t kBlockBytes = std::size_t{1} << 19;

struct Block {
  std::uint64_t number = 0, first_line = 1;
  std::string text;  // whole lines
};

/// Cuts what a descriptor gives into blocks of whole lines.
class BlockReader {
 public:
  BlockReader(int descriptor, std::string name, std::size_t lines_per_block)
      : descriptor_(descriptor), name_(std::move(name)), lines_per_block_(lines_per_block) {}

  std::optional<Block> next() {
    std::size_t end = begin_, lines = 0;
    for (std::size_t from = begin_; !is_full(end - begin_, lines);) {
      if (const std::size_t newline = pending_.find('\n', from); newline != pending_.npos) {
        from = end = newline + 1;
        ++lines;
        continue;
      }
      pending_.erase(0, begin_);
      end -= begin_;
      begin_ = 0;
      from = pending_.size();
      if (read_more()) continue;
      lines += end < pending_.size();
      end = pending_.size();
      break;
    }
    if (end == begin_) return {};
    Block block{number_++, next_line_, pending_.substr(begin_, end - begin_)};
    begin_ = end;
    next_line_ += lines;
    return block;
  }

  std::uint64_t bytes_read() const { return bytes_read_; }
  /// 0 where it is not known: a pipe, a terminal.
  std::uint64_t bytes_in_all() const {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size)
                                                                         : 0;
  }

 private:
  bool is_full(std::size_t bytes, std::size_t lines) const {
    return lines_per_block_ > 0 ? lines == lines_per_block_ : bytes >= kBlockBytes;
  }
  bool read_more() {
    const std::size_t before = pending_.size();
    pending_.resize(before + kBlockBytes);
    ssize_t got = -1;
    do got = ::read(descriptor_, pending_.data() + before, kBlockBytes);
    while (got < 0 && errno == EINTR);
    if (got < 0) throw_io_error("read", name_, errno);
    pending_.resize(before + static_cast<std::size_t>(got));
    bytes_read_ += static_cast<std::uint64_t>(got);
    return got > 0;
  }

  int descriptor_;
  std::string name_;
  std::size_t lines_per_block_;
  std::string pending_;  // what was read; up to begin_ it has been handed out
  std::size_t begin_ = 0;
  std::uint64_t number_ = 0, next_line_ = 1, bytes_read_ = 0;
};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

/// Lets threads write one after the other, by number. A failure also waits for its turn, so that the earliest is told.
class Turns {
 public:
  /// Runs write once all lower numbers have had their turn; not at all once one of them has failed.
  void take(std::uint64_t number, const std::function<void()>& write) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failed_ || next_ == number; });
    if (failed_) return;
    try {
      write();
      ++next_;
    } catch (...) {
      failed_ = true;
      changed_.notify_all();
      throw;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_ = 0;
  bool failed_ = false;
};

using Work = std::function<std::string(const LineBlock&, LineFaults&)>;
using Tell = std::function<void(const LineFaults&, ProgressView&)>;

void stream(BlockReader& reader, const Work& work, const Tell& tell, const Write& write) {
  Turns turns;
  ProgressView view;
  const auto work_on = [&](int, Block& block) {
    std::string result;
    std::exception_ptr error;
    const std::vector<std::string_view> lines = lines_of(block.text);
    const LineBlock its_lines{lines, block.first_line};
    LineFaults faults(its_lines);
    try {
      result = work(its_lines, faults);
    } catch (...) {
      error = std::current_exception();
    }
    turns.take(block.number, [&] {
      if (error) std::rethrow_exception(error);
      tell(faults, view);
      write(result);
    });
  };
  const bool wants_bar = ::isatty(STDOUT_FILENO) == 0;  // not into the midst of the output
  const std::uint64_t total = reader.bytes_in_all();
  BlockWorkers<Block> workers(host_threads(), work_on);
  while (std::optional<Block> block = reader.next()) {
    workers.push(std::move(*block));
    if (wants_bar) view.bytes("read", reader.bytes_read(), total);
  }
  workers.finish();
}

}  // namespace

void LineStream::add_to(CLI::App& command) {
  command.add_option("--in", in_, "file to read (default: standard input)");
  command.add_option("--out", out_, "file to write (default: standard output)");
  add_threads_option(command);
}

void LineStream::add_strict_to(CLI::App& command) {
  command.add_flag("--strict", strict_,
                   "end at the first line that cannot be read [tell it, leave its line empty or an \"error\" of --json, "
                   "do the rest, exit with 2]");
}

void LineStream::run(std::size_t lines_per_block, const Work& work) const {
  std::optional<File> file;
  if (!in_.empty()) file.emplace(File::open(in_));
  BlockReader reader(file ? file->descriptor() : STDIN_FILENO, in_.empty() ? "standard input" : in_.string(),
                     lines_per_block);
  std::size_t fault_count = 0;
  const auto tell = [&](const LineFaults& faults, ProgressView& view) {
    for (const auto& [line, why] : faults.list()) {
      const std::string placed = fmt::format("{}: {}", place(line), why);
      if (strict_) throw Error(ErrorKind::Input, placed);
      view.say("tokenize: " + placed);
      ++fault_count;
    }
  };
  const auto stream_to = [&](const Write& write) { stream(reader, work, tell, write); };
  if (out_.empty())
    stream_to(write_to_stdout);
  else
    write_atomically(out_, [&](File& out) { stream_to([&out](std::string_view text) { out.write(text); }); });
  if (fault_count > 0)
    throw Error(ErrorKind::Input, fmt::format("{} {} could not be read, the rest is done; --strict ends at the first",
                                              fault_count, fault_count == 1 ? "line" : "lines"));
}

std::string LineStream::place(std::uint64_t line) const {
  return fmt::format("{}:{}", in_.empty() ? "standard input" : in_.string(), line);
}
