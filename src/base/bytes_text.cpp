#include "base/bytes_text.h"

#include <fmt/format.h>

namespace scoria {

std::string bytes_text(std::uint64_t bytes) {
  const auto size = static_cast<double>(bytes);
  if (bytes < 1ull << 10) return fmt::format("{} B", bytes);
  if (bytes < 1ull << 20) return fmt::format("{:.1f} KiB", size / (1ull << 10));
  if (bytes < 1ull << 30) return fmt::format("{:.1f} MiB", size / (1ull << 20));
  return fmt::format("{:.2f} GiB", size / (1ull << 30));
}

}  // namespace scoria
