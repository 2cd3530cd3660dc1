#include <fmt/core.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "data/corpora/input_bytes.h"
#include "scoria/error.h"

namespace scoria {
namespace {

// 128 MiB, what `zstd -d` itself allows unasked: a file must not decide how much memory its reader takes.
constexpr int kWindowLog = 27;

std::string explain(std::size_t code) {
  switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_frameParameter_windowTooLarge:
      return "its window is larger than 128 MiB; compress it again without --long or with --long=27 at most";
    case ZSTD_error_dictionary_wrong:
      return "it wants a dictionary; compress it again without one";
    default:
      return ZSTD_getErrorName(code);
  }
}

class ZstdSource : public ByteSource {
 public:
  ZstdSource(std::unique_ptr<InputBytes> compressed, std::string name, const ReadingContext& context)
      : compressed_(std::move(compressed)),
        what_(context.what),
        name_(std::move(name)),
        report_(context.report),
        stream_(ZSTD_createDStream()) {
    if (!stream_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kWindowLog);
  }

  std::size_t read(char* to, std::size_t size) override {
    ZSTD_outBuffer out{to, size, 0};
    while (!ended_ && out.pos < out.size) {
      if (compressed_->unread().empty() && !compressed_->refill() && !may_hold_more_) {
        ended_ = true;
        if (frame_is_open_) damaged("the file ends in the middle of a frame", out.pos);
        break;
      }
      decompress(out);
    }
    bytes_given_ += out.pos;
    return out.pos;
  }
  std::uint64_t bytes_read() const override { return compressed_->bytes_read(); }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };

  void decompress(ZSTD_outBuffer& out) {
    const std::string_view unread = compressed_->unread();
    ZSTD_inBuffer in{unread.data(), unread.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(stream_.get(), &out, &in);
    compressed_->skip(in.pos);
    if (ZSTD_isError(hint)) {
      ended_ = true;
      damaged(explain(hint), out.pos);
      return;
    }
    frame_is_open_ = hint > 0;
    may_hold_more_ = frame_is_open_ && out.pos == out.size;
  }

  void damaged(const std::string& why, std::size_t given_now) const {
    if (bytes_given_ + given_now == 0)
      throw Error(ErrorKind::Input, fmt::format("{} {}: no text comes out of the zstd file, byte {}: {}", what_, name_,
                                                compressed_->position(), why));
    report_.add(CorpusFinding::DamagedZstd, 1, name_, 0,
                fmt::format("at byte {} of {}, {} bytes of text came before: {}", compressed_->position(),
                            compressed_->bytes_read(), bytes_given_ + given_now, why));
  }

  std::unique_ptr<InputBytes> compressed_;
  std::string what_, name_;
  CorpusReport& report_;
  std::unique_ptr<ZSTD_DStream, Free> stream_;
  bool frame_is_open_ = false, may_hold_more_ = false, ended_ = false;
  std::uint64_t bytes_given_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> decompress_zstd(std::unique_ptr<InputBytes> compressed, std::string name,
                                            const ReadingContext& context) {
  return std::make_unique<ZstdSource>(std::move(compressed), std::move(name), context);
}

bool starts_as_zstd(std::string_view bytes) {
  // A frame, or a skippable one, with which pzstd starts its files.
  const bool skippable = bytes.size() >= 4 && (static_cast<unsigned char>(bytes[0]) & 0xF0) == 0x50 &&
                         bytes.substr(1, 3) == "\x2A\x4D\x18";
  return skippable || bytes.starts_with("\x28\xB5\x2F\xFD");
}

}  // namespace scoria
