#include "scoria/tasks/text_windows.h"

#include <fmt/format.h>

#include <algorithm>

#include "scoria/error.h"

namespace scoria {
namespace {

struct Piece {
  std::size_t begin, end;
};

// The three parts of a window, one after the other.
template <typename T>
std::vector<T> parts_of(const std::vector<T>& list, std::size_t fixed, const Piece& window) {
  std::vector<T> out(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(fixed));
  const auto at = [&](std::size_t place) { return list.begin() + static_cast<std::ptrdiff_t>(place); };
  out.insert(out.end(), at(window.begin), at(window.end));
  out.push_back(list.back());
  return out;
}

}  // namespace

std::int64_t most_tokens(const BertConfig& config, const Tokenizer& tokenizer) {
  constexpr std::int64_t kLeast = 4;
  const std::int64_t positions = config.max_position_embeddings, most = tokenizer.max_length().value_or(positions);
  if (most < std::min(kLeast, positions))
    throw Error(ErrorKind::Input,
                fmt::format("tokenizer_config.json: \"model_max_length\" is {}, expected {} or more; mend it", most, kLeast));
  return std::min(positions, most);
}

std::size_t fixed_tokens(const Encoding& pair, std::size_t first_count) {
  const std::vector<std::uint8_t>& special = pair.special_tokens_mask;
  const std::size_t last = special.size() - 1;  // closes the second text
  std::size_t at = 0;
  if (first_count > 0) at = static_cast<std::size_t>(std::ranges::find(special, 0) - special.begin()) + first_count;
  while (at < last && special[at]) ++at;
  return at;
}

std::vector<Encoding> text_windows(const Encoding& whole, std::size_t fixed, std::size_t max_length,
                                   std::size_t stride) {
  if (whole.ids.size() <= max_length) return {whole};
  if (stride == 0 || fixed + 1 >= max_length)
    throw Error(stride == 0 ? ErrorKind::Usage : ErrorKind::Input,
                fmt::format("windows of {} tokens, {} of them fixed, in steps of {}: no room for text; make windows "
                            "longer or what is fixed shorter",
                            max_length, fixed + 1, stride));
  const std::size_t room = max_length - fixed - 1, end = whole.ids.size() - 1;
  std::vector<Encoding> windows;
  for (std::size_t begin = fixed;; begin += std::min(stride, room)) {
    const Piece piece{begin, std::min(begin + room, end)};
    windows.push_back({.ids = parts_of(whole.ids, fixed, piece),
                       .offsets = parts_of(whole.offsets, fixed, piece),
                       .segments = parts_of(whole.segments, fixed, piece),
                       .attention_mask = parts_of(whole.attention_mask, fixed, piece),
                       .special_tokens_mask = parts_of(whole.special_tokens_mask, fixed, piece),
                       .overflow = {}});
    if (piece.end == end) return windows;
  }
}

}  // namespace scoria
