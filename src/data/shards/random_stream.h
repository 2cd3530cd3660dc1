#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/philox.h"

namespace scoria {

/// Random numbers by position: a stream is named by seed, site, epoch and item, and is the same whenever and
/// wherever it is read.
class RandomStream {
 public:
  enum Site : std::uint32_t { kHoldOut = 0xDA7A0001, kPlan, kOrder, kSequence };
  struct Name {
    Site site;
    std::uint32_t epoch = 0;
    std::uint32_t item = 0;
    std::uint32_t lane = 0;  ///< below 2^8
    std::uint32_t key() const { return static_cast<std::uint32_t>(site) + (lane << 8); }
  };

  RandomStream(std::uint64_t seed, Name name)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}, name_(name) {}

  std::uint32_t next() {
    if (used_ == 4) {
      words_ = philox4x32({block_++, name_.item, name_.epoch, name_.key()}, key_);
      used_ = 0;
    }
    return words_[used_++];
  }

  /// 0 to n - 1, each equally likely; n at least 1. Source: Lemire 2019, arXiv:1805.10941.
  std::uint32_t below(std::uint32_t n) {
    std::uint64_t product = std::uint64_t{next()} * n;
    if (static_cast<std::uint32_t>(product) < n) {
      const std::uint32_t least = (0u - n) % n;
      while (static_cast<std::uint32_t>(product) < least) product = std::uint64_t{next()} * n;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }
  /// first to last, both included.
  std::uint32_t between(std::uint32_t first, std::uint32_t last) { return first + below(last - first + 1); }
  /// [0, 1)
  double uniform() { return next() * 0x1p-32; }

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[below(static_cast<std::uint32_t>(i))]);
  }

 private:
  std::array<std::uint32_t, 2> key_;
  Name name_;
  std::uint32_t block_ = 0;
  unsigned used_ = 4;
  std::array<std::uint32_t, 4> words_{};
};

}  // namespace scoria
