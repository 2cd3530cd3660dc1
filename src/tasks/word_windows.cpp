#include "tasks/word_windows.h"

#include <algorithm>

#include "base/check.h"

namespace scoria {
namespace {

constexpr std::size_t kSpecialTokens = 2;

}  // namespace

WordsInPieces split_words(const Tokenizer& tokenizer, std::span<const std::string> words) {
  WordsInPieces split;
  for (std::size_t word = 0; word < words.size(); ++word) {
    const std::size_t first = split.pieces.ids.size();
    tokenizer.append_ids(words[word], split.pieces.ids);
    if (split.pieces.ids.size() == first) continue;
    split.pieces.first_pieces.push_back(first);
    split.numbers.push_back(word);
  }
  return split;
}

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

std::vector<PieceWindow> word_windows(const WordPieces& pieces, const TagWindows& options, std::size_t max_length) {
  const std::size_t room = max_length - kSpecialTokens;
  const std::size_t half = std::max<std::size_t>(1, room / 2);
  return word_windows(pieces, room,
                      options.stride > 0 ? std::min(room, static_cast<std::size_t>(options.stride)) : half);
}

Encoding window_text(const Tokenizer& tokenizer, const WordPieces& pieces, const PieceWindow& window) {
  Encoding text;
  text.ids.push_back(tokenizer.cls_id());
  text.ids.insert(text.ids.end(), pieces.ids.begin() + static_cast<std::ptrdiff_t>(window.begin),
                  pieces.ids.begin() + static_cast<std::ptrdiff_t>(window.end));
  text.ids.push_back(tokenizer.sep_id());
  text.segments.assign(text.ids.size(), 0);
  return text;
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
