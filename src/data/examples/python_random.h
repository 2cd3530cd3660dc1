#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace scoria {

/// The numbers of Python's random.Random(seed), for a seed that is not negative.
///
/// MT19937 seeded by an array of 32-bit words; random() of 53 bits from two words; randint() and shuffle() by drawing
/// as many bits as the bound has until they lie below it.
/// Source: Matsumoto and Nishimura 1998, doi:10.1145/272991.272995; Python's documentation of module random, 3.2 on.
class PythonRandom {
 public:
  explicit PythonRandom(std::uint64_t seed) {
    fill(19650218u);
    const std::array<std::uint32_t, 2> words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
    mix_in(words.data(), words[1] == 0 ? 1 : 2);
  }

  /// [0, 1)
  double random() {
    const std::uint32_t high = next() >> 5, low = next() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }
  /// 0 to n - 1; n at least 1.
  std::uint32_t below(std::uint32_t n) {
    const int bits = std::bit_width(n);
    std::uint32_t drawn;
    do drawn = next() >> (32 - bits);
    while (drawn >= n);
    return drawn;
  }
  /// first to last, both included.
  std::uint32_t randint(std::uint32_t first, std::uint32_t last) { return first + below(last - first + 1); }

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[below(static_cast<std::uint32_t>(i))]);
  }

 private:
  static constexpr std::uint32_t kWords = 624, kShift = 397;

  void fill(std::uint32_t seed) {
    state_[0] = seed;
    for (std::uint32_t i = 1; i < kWords; ++i) state_[i] = 1812433253u * (state_[i - 1] ^ state_[i - 1] >> 30) + i;
  }
  void mix_in(const std::uint32_t* words, std::uint32_t count) {
    std::uint32_t i = 1, j = 0;
    const auto step = [&](std::uint32_t factor, std::uint32_t add, bool minus) {
      const std::uint32_t mixed = state_[i] ^ (state_[i - 1] ^ state_[i - 1] >> 30) * factor;
      state_[i] = minus ? mixed - add : mixed + add;
      if (++i == kWords) {
        state_[0] = state_[kWords - 1];
        i = 1;
      }
    };
    for (std::uint32_t k = 0; k < kWords; ++k, j = (j + 1) % count) step(1664525u, words[j] + j, false);
    for (std::uint32_t k = 1; k < kWords; ++k) step(1566083941u, i, true);
    state_[0] = 0x80000000u;
  }
  void twist() {
    const auto step = [this](std::uint32_t i, std::uint32_t after, std::uint32_t shifted) {
      const std::uint32_t y = (state_[i] & 0x80000000u) | (state_[after] & 0x7FFFFFFFu);
      state_[i] = state_[shifted] ^ y >> 1 ^ ((0u - (y & 1)) & 0x9908B0DFu);
    };
    std::uint32_t i = 0;
    for (; i < kWords - kShift; ++i) step(i, i + 1, i + kShift);
    for (; i < kWords - 1; ++i) step(i, i + 1, i + kShift - kWords);
    step(i, 0, kShift - 1);
    used_ = 0;
  }
  std::uint32_t next() {
    if (used_ == kWords) twist();
    std::uint32_t y = state_[used_++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9D2C5680u;
    y ^= y << 15 & 0xEFC60000u;
    return y ^ y >> 18;
  }

  std::array<std::uint32_t, kWords> state_{};
  std::uint32_t used_ = kWords;
};

}  // namespace scoria
