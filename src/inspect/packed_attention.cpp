#include "inspect/packed_attention.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "inspect/measures.h"

namespace scoria {
namespace {

char quantized(float p) { return static_cast<char>(std::lround(255.0f * std::sqrt(std::clamp(p, 0.0f, 1.0f)))); }

/// The columns of the largest weights, in their order.
std::vector<std::uint16_t> largest_columns(std::span<const float> row, std::size_t count) {
  std::vector<std::uint16_t> columns(row.size());
  std::iota(columns.begin(), columns.end(), std::uint16_t{0});
  std::ranges::nth_element(
      columns, columns.begin() + static_cast<std::ptrdiff_t>(count),
      [&](std::uint16_t a, std::uint16_t b) { return row[a] != row[b] ? row[a] > row[b] : a < b; });
  columns.resize(count);
  std::ranges::sort(columns);
  return columns;
}

}  // namespace

PackedAttention pack_attention(const Inspection& inspection, std::size_t most_bytes) {
  constexpr std::size_t kEntryBytes = 3, kLeastKept = 4;
  const Tensor maps = attention_with_means(inspection);
  const std::span<const float> values = maps.values<float>();
  PackedAttention packed;
  if (values.size() <= most_bytes) {
    for (const float p : values) packed.bytes += quantized(p);
    return packed;
  }
  const auto row_count = static_cast<std::size_t>(maps.shape().row_count());
  const auto row_size = static_cast<std::size_t>(maps.shape().row_size());
  const std::size_t kept = std::min(std::max(most_bytes / (row_count * kEntryBytes), kLeastKept), row_size - 1);
  packed.kept = static_cast<std::int64_t>(kept);
  double carried = 0, all = 0;
  for (std::size_t r = 0; r < row_count; ++r) {
    const std::span<const float> row = row_of(maps, static_cast<std::int64_t>(r));
    const std::vector<std::uint16_t> columns = largest_columns(row, kept);
    for (const std::uint16_t column : columns) {
      packed.bytes += static_cast<char>(column & 0xff);
      packed.bytes += static_cast<char>(column >> 8);
      carried += row[column];
    }
    for (const std::uint16_t column : columns) packed.bytes += quantized(row[column]);
    all = std::accumulate(row.begin(), row.end(), all);
  }
  packed.carried = carried / all;
  return packed;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 3; ++i) word = word << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) out += i <= count ? kDigits[word >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

}  // namespace scoria
