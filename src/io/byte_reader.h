#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "io/stored_tensor.h"

namespace scoria {

/// Reads little-endian numbers one after another from bytes that are not trusted. Past their end every call throws
/// Error (Input) that names the file and the byte.
class ByteReader {
 public:
  /// `first_byte` is where the bytes lie in the file, for messages.
  ByteReader(std::string_view bytes, std::string where, std::uint64_t first_byte = 0)
      : bytes_(bytes), where_(std::move(where)), first_byte_(first_byte) {}

  const std::string& where() const { return where_; }
  /// From the beginning of the bytes.
  std::uint64_t position() const { return position_; }
  std::uint64_t remaining() const { return bytes_.size() - position_; }

  std::string_view take(std::uint64_t count) {
    if (count > remaining()) fail(fmt::format("{} bytes expected, {} are left", count, remaining()));
    const std::string_view taken = bytes_.substr(position_, count);
    position_ += count;
    return taken;
  }

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  /// Seven bits a byte, lowest first, as protocol buffers and LevelDB write them.
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = number<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    fail("a number of more than ten bytes");
  }

  /// Everything up to and without the next `end`, which is passed over.
  std::string_view take_until(char end) {
    const std::size_t found = bytes_.find(end, position_);
    if (found == std::string_view::npos) fail("a line without an end");
    const std::string_view taken = take(found - position_);
    ++position_;
    return taken;
  }

  [[noreturn]] void fail(std::string_view what) const {
    fail_damaged(where_, fmt::format("{} at byte {}", what, first_byte_ + position_));
  }

 private:
  std::string_view bytes_;
  std::string where_;
  std::uint64_t first_byte_;
  std::uint64_t position_ = 0;
};

}  // namespace scoria
