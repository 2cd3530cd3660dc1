#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <utility>

#include "data/shards/random_stream.h"

namespace scoria {

/// A shuffle of 0 ... n - 1 that takes no memory: any place of it can be asked for.
///
/// A Feistel network over the least power of two that is not below n, its rounds drawn from Philox; what falls beyond
/// n is sent through again. Source: Black and Rogaway 2002, "Ciphers with arbitrary finite domains", section 3.
class KeyedPermutation {
 public:
  /// At most 2^63 values. The name's item is the round's.
  KeyedPermutation(std::uint64_t n, std::uint64_t seed, RandomStream::Name name)
      : n_(n), key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}, name_(name) {
    const int bits = std::bit_width(n > 1 ? n - 1 : 1);
    low_bits_ = bits / 2;
    high_bits_ = bits - low_bits_;
  }

  std::uint64_t operator()(std::uint64_t place) const {
    do place = once(place);
    while (place >= n_);
    return place;
  }

 private:
  static constexpr std::uint32_t kRounds = 6;  // even: the halves change widths each round

  static std::uint64_t mask(int bits) { return (std::uint64_t{1} << bits) - 1; }
  std::uint64_t once(std::uint64_t x) const {
    int low_bits = low_bits_, high_bits = high_bits_;
    for (std::uint32_t round = 0; round < kRounds; ++round) {
      const std::uint64_t low = x & mask(low_bits), high = x >> low_bits;
      const std::uint64_t drawn =
          philox4x32({static_cast<std::uint32_t>(low), round, name_.epoch, name_.key()}, key_)[0];
      x = low << high_bits | (high ^ (drawn & mask(high_bits)));
      std::swap(low_bits, high_bits);
    }
    return x;
  }

  std::uint64_t n_;
  std::array<std::uint32_t, 2> key_;
  RandomStream::Name name_;
  int low_bits_, high_bits_;
};

}  // namespace scoria
