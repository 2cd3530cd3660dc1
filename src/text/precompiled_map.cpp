#include "text/precompiled_map.h"

#include <fmt/core.h>

#include <cstring>

#include "scoria/error.h"
#include "text/tokenizer_model.h"

namespace scoria {
namespace {

constexpr std::uint32_t kValueBit = 1u << 31;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::Input, fmt::format("precompiled_charsmap: {}", what));
}

std::size_t offset_of(std::uint32_t unit) { return static_cast<std::size_t>(unit >> 10) << ((unit & 512) >> 6); }
bool ends_string(std::uint32_t unit) { return unit & 256; }
/// A unit of a value has bit 31, so that it is no label.
std::uint32_t label_of(std::uint32_t unit) { return unit & (kValueBit | 255); }

std::uint32_t read_u32(std::string_view blob, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(blob[at + i]);
  return value;
}

}  // namespace

PrecompiledMap::PrecompiledMap(std::string_view blob) {
  if (blob.size() < 4) refuse(fmt::format("{} bytes; the size of the trie alone takes 4", blob.size()));
  const std::size_t unit_count = read_u32(blob, 0) / 4;
  if (unit_count == 0 || unit_count > (blob.size() - 4) / 4)
    refuse(fmt::format("a trie of {} bytes in a map of {} bytes", read_u32(blob, 0), blob.size()));
  units_.reserve(unit_count);
  for (std::size_t i = 0; i < unit_count; ++i) units_.push_back(read_u32(blob, 4 + 4 * i));
  texts_ = blob.substr(4 + 4 * unit_count);
  if (!is_utf8(texts_)) refuse("its texts are not UTF-8");
  check();
}

/// Walks all that can be reached once, so that find() need not look where it steps.
void PrecompiledMap::check() const {
  std::vector<bool> seen(units_.size());
  std::vector<std::size_t> pending;
  const auto visit = [&](std::size_t place) {
    if ((place | 255) >= units_.size()) refuse("its trie leads outside itself");
    if (!seen[place]) pending.push_back(place);
    seen[place] = true;
  };
  visit(offset_of(units_[0]));
  while (!pending.empty()) {
    const std::size_t children = pending.back();
    pending.pop_back();
    for (std::uint32_t byte = 1; byte < 256; ++byte) {
      const std::size_t place = children ^ byte;
      if (label_of(units_[place]) != byte) continue;
      const std::size_t next = place ^ offset_of(units_[place]);
      visit(next);
      if (!ends_string(units_[place])) continue;
      const std::size_t text = units_[next] & ~kValueBit;
      const bool in_texts = text <= texts_.size();
      if (!in_texts || (text < texts_.size() && (static_cast<unsigned char>(texts_[text]) & 0xC0) == 0x80))
        refuse("an entry points outside its texts, or into a character");
    }
  }
}

std::optional<std::string_view> PrecompiledMap::find(std::string_view bytes) const {
  std::size_t place = offset_of(units_[0]);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0) return {};
    place ^= byte;
    const std::uint32_t unit = units_[place];
    if (label_of(unit) != byte) return {};
    place ^= offset_of(unit);
    if (!ends_string(unit)) continue;
    const std::string_view text = std::string_view(texts_).substr(units_[place] & ~kValueBit);
    return text.substr(0, text.find('\0'));
  }
  return {};
}

}  // namespace scoria
