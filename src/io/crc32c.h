#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace scoria {

/// The checksum of LevelDB and TensorFlow: CRC-32 of Castagnoli's polynomial 0x1EDC6F41, reflected; of "123456789" it
/// is 0xE3069283. `crc` is that of the bytes before, 0 at the beginning.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

/// As those formats store it, so that a checksum of bytes that hold a checksum stays useful.
std::uint32_t masked_crc32c(std::uint32_t crc);

}  // namespace scoria
