#include "data/input_bytes.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "scoria/error.h"

namespace scoria {
namespace {

class FileSource : public ByteSource {
 public:
  FileSource(const std::filesystem::path& path, std::function<void()> interrupted)
      : name_(path.string()), interrupted_(std::move(interrupted)) {
    if (path == "-") return;
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) fail("cannot be opened");
  }
  ~FileSource() override {
    if (file_ != STDIN_FILENO) ::close(file_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::size_t read(char* to, std::size_t size) override {
    std::size_t got = 0;
    while (got < size) {
      const ssize_t count = ::read(file_, to + got, size - got);
      if (count == 0) break;
      if (count > 0) {
        got += static_cast<std::size_t>(count);
      } else if (errno != EINTR) {
        fail("reading failed");
      } else if (interrupted_) {
        interrupted_();
      }
    }
    bytes_read_ += got;
    return got;
  }
  std::uint64_t bytes_read() const override { return bytes_read_; }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Error(ErrorKind::Io, fmt::format("corpus {}: {} at byte {}: {}; check that it is still there and may be read",
                                           name_, what, bytes_read_, std::strerror(errno)));
  }

  std::string name_;
  std::function<void()> interrupted_;
  int file_ = STDIN_FILENO;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace

bool InputBytes::refill() {
  if (at_end_) return false;
  before_ += at_;
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + block_bytes_);
  const std::size_t got = source_->read(buffer_.data() + kept, block_bytes_);
  buffer_.resize(kept + got);
  at_end_ = got < block_bytes_;
  return got > 0;
}

std::unique_ptr<InputBytes> open_input(const std::filesystem::path& path, CorpusReport& report,
                                       const std::function<void()>& interrupted) {
  auto input = std::make_unique<InputBytes>(std::make_unique<FileSource>(path, interrupted));
  input->refill();
  if (!starts_as_zstd(input->unread())) return input;
  auto text = std::make_unique<InputBytes>(decompress_zstd(std::move(input), path.string(), report));
  text->refill();
  return text;
}

}  // namespace scoria
