#include "line_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "scoria/error.h"
#include "support/stop_signal.h"

namespace {

using namespace scoria;

constexpr std::size_t kReadBytes = std::size_t{1} << 16;
constexpr std::size_t kLongestLine = std::size_t{16} << 20;

}  // namespace

LineReader::LineReader(const std::filesystem::path& path) : descriptor_(STDIN_FILENO) {
  if (path.empty()) return;
  file_.emplace(File::open(path));
  descriptor_ = file_->descriptor();
}

std::vector<Line> LineReader::next(std::size_t most) {
  std::vector<Line> lines;
  for (Line line; lines.size() < most;) {
    if (take_line(line))
      lines.push_back(std::move(line));
    else if (at_end_ || (!lines.empty() && !has_more()) || !read_more())
      break;
  }
  return lines;
}

bool LineReader::take_line(Line& line) {
  const std::size_t newline = pending_.find('\n', std::max(begin_, searched_));
  searched_ = pending_.size();
  const bool is_last = newline == pending_.npos && at_end_ && (begin_ < pending_.size() || is_too_long_);
  if (newline == pending_.npos && !is_last) return false;
  const std::size_t end = is_last ? pending_.size() : newline;
  line = {pending_.substr(begin_, end - begin_), ++lines_, std::exchange(is_too_long_, false)};
  if (line.is_too_long) line.text.clear();
  if (line.text.ends_with('\r')) line.text.pop_back();
  begin_ = searched_ = std::min(end + 1, pending_.size());
  return true;
}

// False at the end, and where a signal asked to stop. The last line may still be pending then.
bool LineReader::read_more() {
  pending_.erase(0, begin_);
  searched_ -= std::min(searched_, begin_);
  begin_ = 0;
  std::size_t before = pending_.size();
  if (before > kLongestLine) {
    is_too_long_ = true;  // what follows up to its end is passed over too
    before = searched_ = 0;
  }
  pending_.resize(before + kReadBytes);
  ssize_t got = -1;
  do got = wait_for_input() ? ::read(descriptor_, pending_.data() + before, kReadBytes) : 0;
  while (got < 0 && errno == EINTR);
  if (got < 0) throw_io_error("read", name(), errno);
  pending_.resize(before + static_cast<std::size_t>(got));
  bytes_read_ += static_cast<std::uint64_t>(got);
  at_end_ = got == 0;
  return !at_end_ || !pending_.empty() || is_too_long_;
}

// False where a signal asked to stop.
bool LineReader::wait_for_input() const {
  pollfd asked[] = {{descriptor_, POLLIN, 0}, {StopSignal::descriptor(), POLLIN, 0}};
  while (!StopSignal::is_set() && ::poll(asked, 2, -1) < 0 && errno == EINTR) {
  }
  return !StopSignal::is_set();
}

bool LineReader::has_more() const {
  pollfd asked{descriptor_, POLLIN, 0};
  return ::poll(&asked, 1, 0) > 0;
}

std::string LineReader::name() const { return file_ ? file_->path().string() : "standard input"; }

double LineReader::fraction() const {
  struct stat status {};
  const bool known = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
  return known ? static_cast<double>(bytes_read_) / static_cast<double>(status.st_size) : 0;
}
