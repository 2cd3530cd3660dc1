#include "tasks/word_windows.h"

#include <algorithm>

#include "base/check.h"

namespace scoria {

std::vector<PieceWindow> word_windows(const WordPieces& pieces, std::size_t room, std::size_t stride) {
  SCORIA_CHECK(room > 0 && stride > 0 && stride <= room, "windows go forward and leave nothing out");
  const std::size_t count = pieces.ids.size();
  std::vector<PieceWindow> windows;
  for (std::size_t begin = 0;;) {
    windows.push_back({begin, std::min(begin + room, count)});
    if (windows.back().end == count) return windows;
    // The next word's begin, but within this window: a word longer than it is cut.
    const auto next = std::ranges::lower_bound(pieces.first_pieces, begin + stride);
    begin = next == pieces.first_pieces.end() ? begin + room : std::min(*next, begin + room);
  }
}

std::size_t window_of_most_context(std::span<const PieceWindow> windows, std::size_t piece) {
  std::size_t best = windows.size();
  double most = -1;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (piece < windows[i].begin || piece >= windows[i].end) continue;
    const std::size_t sides = std::min(piece - windows[i].begin, windows[i].end - 1 - piece);
    const double context = static_cast<double>(sides) + 0.01 * static_cast<double>(windows[i].length());
    if (context > most) best = i;
    most = std::max(most, context);
  }
  SCORIA_CHECK(best < windows.size(), "windows cover the text");
  return best;
}

}  // namespace scoria
