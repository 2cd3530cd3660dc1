#include "data/corpora/input_bytes.h"

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
  FileSource(const std::filesystem::path& path, const ReadingContext& context)
      : what_(context.what), name_(path.string()), interrupted_(context.interrupted) {
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) fail("cannot be opened");
  }
  ~FileSource() override { ::close(file_); }
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

 protected:
  FileSource(int file, const ReadingContext& context)
      : what_(context.what), name_("-"), interrupted_(context.interrupted), file_(file) {}

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Error(ErrorKind::Io, fmt::format("{} {}: {} at byte {}: {}; check that it is still there and may be read",
                                           what_, name_, what, bytes_read_, std::strerror(errno)));
  }

  std::string what_, name_;
  std::function<void()> interrupted_;
  int file_;
  std::uint64_t bytes_read_ = 0;
};

/// Standard input, or its copy once that is whole.
class StandardInput : public FileSource {
 public:
  explicit StandardInput(const ReadingContext& context)
      : FileSource(::dup(serves(context) ? context.input_copy->bytes().descriptor() : STDIN_FILENO), context),
        copy_(serves(context) ? nullptr : context.input_copy) {
    if (serves(context)) ::lseek(context.input_copy->bytes().descriptor(), 0, SEEK_SET);
  }

  std::size_t read(char* to, std::size_t size) override {
    const std::size_t got = FileSource::read(to, size);
    if (copy_) copy_->bytes().append({to, got});
    if (copy_ && got < size) copy_->finish();
    return got;
  }

 private:
  static bool serves(const ReadingContext& context) { return context.input_copy && context.input_copy->is_whole(); }

  InputCopy* copy_;
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

std::unique_ptr<InputBytes> open_input(const std::filesystem::path& path, const ReadingContext& context) {
  std::unique_ptr<ByteSource> source;
  if (path == "-")
    source = std::make_unique<StandardInput>(context);
  else
    source = std::make_unique<FileSource>(path, context);
  auto input = std::make_unique<InputBytes>(std::move(source));
  input->refill();
  if (!starts_as_zstd(input->unread())) return input;
  auto text = std::make_unique<InputBytes>(decompress_zstd(std::move(input), path.string(), context));
  text->refill();
  return text;
}

}  // namespace scoria
