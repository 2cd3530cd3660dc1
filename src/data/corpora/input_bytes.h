#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/unnamed_file.h"
#include "scoria/data/corpus_report.h"

namespace scoria {

/// Bytes from somewhere, front to back.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills all of `to` unless the bytes end before; how many it got.
  virtual std::size_t read(char* to, std::size_t size) = 0;
  /// Of the file as it lies on the disk.
  virtual std::uint64_t bytes_read() const = 0;
};

/// A window on a source that moves block by block. Blocks begin at the same bytes of the stream whatever the source,
/// so that what is read out of them depends on the stream alone.
class InputBytes {
 public:
  explicit InputBytes(std::unique_ptr<ByteSource> source, std::size_t block_bytes = std::size_t{1} << 18)
      : source_(std::move(source)), block_bytes_(block_bytes) {}

  std::string_view unread() const { return std::string_view(buffer_).substr(at_); }
  void skip(std::size_t count) { at_ += count; }
  /// Puts a block behind what is unread, which moves; false at the end.
  bool refill();
  /// Bytes of the stream skipped so far.
  std::uint64_t position() const { return before_ + at_; }
  std::uint64_t bytes_read() const { return source_->bytes_read(); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::size_t block_bytes_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t before_ = 0;
  bool at_end_ = false;
};

/// What was read of standard input, kept to be read again.
class InputCopy {
 public:
  UnnamedFile& bytes() { return bytes_; }
  /// The input has ended: from now on the copy serves.
  void finish() { is_whole_ = true; }
  bool is_whole() const { return is_whole_; }

 private:
  UnnamedFile bytes_{"corpus -", "save the text to a file and name that"};
  bool is_whole_ = false;
};

/// What a reading needs besides the path.
struct ReadingContext {
  CorpusReport& report;
  /// Called when a signal breaks a read; may throw.
  std::function<void()> interrupted;
  /// Where standard input is kept, and read from once it is whole; null if it is not.
  InputCopy* input_copy = nullptr;
  /// What messages call it, before its path.
  std::string_view what = "corpus";
};

/// Opens a file, or standard input for "-", and decompresses it if it starts as zstd does. The first block is there.
/// Throws Error (Io) where the system refuses, Error (Input) for zstd of which nothing can be read; what breaks off
/// later goes to the report.
std::unique_ptr<InputBytes> open_input(const std::filesystem::path& path, const ReadingContext& context);

/// A source that decompresses `compressed`, a stream of zstd frames.
std::unique_ptr<ByteSource> decompress_zstd(std::unique_ptr<InputBytes> compressed, std::string name,
                                            const ReadingContext& context);

/// Whether a stream of zstd frames starts so.
bool starts_as_zstd(std::string_view bytes);

}  // namespace scoria
