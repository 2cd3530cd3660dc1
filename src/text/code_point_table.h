#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace scoria::unicode {

inline constexpr char32_t kCodePoints = 0x110000;

/// A byte for every code point, equal pages of 256 stored once: two loads a look-up.
class CodePointTable {
 public:
  /// `values` has kCodePoints entries.
  explicit CodePointTable(const std::vector<std::uint8_t>& values) {
    std::map<std::string, std::uint16_t> known;
    for (std::size_t page = 0; page < std::size(page_of_); ++page) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(page * 256);
      const std::string bytes(begin, begin + 256);
      const auto [place, is_new] = known.try_emplace(bytes, static_cast<std::uint16_t>(known.size()));
      if (is_new) pages_ += bytes;
      page_of_[page] = place->second;
    }
  }

  std::uint8_t operator[](char32_t c) const {
    return static_cast<std::uint8_t>(pages_[page_of_[c >> 8] * 256u + (c & 255)]);
  }

 private:
  std::string pages_;
  std::uint16_t page_of_[kCodePoints >> 8];
};

}  // namespace scoria::unicode
