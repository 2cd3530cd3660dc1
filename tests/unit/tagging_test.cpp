// Windows over words and entities from tags, by hand.

#include "scoria/tasks/tagging.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tasks/word_windows.h"

using namespace scoria;

namespace {

// Words of so many pieces each.
WordPieces pieces_of(const std::vector<std::size_t>& lengths) {
  WordPieces pieces;
  for (const std::size_t length : lengths) {
    pieces.first_pieces.push_back(pieces.ids.size());
    pieces.ids.resize(pieces.ids.size() + length);
  }
  return pieces;
}

std::vector<std::pair<std::size_t, std::size_t>> bounds(const std::vector<PieceWindow>& windows) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (const PieceWindow& window : windows) out.emplace_back(window.begin, window.end);
  return out;
}

using Bounds = std::vector<std::pair<std::size_t, std::size_t>>;

const std::vector<std::string> kNames{"O", "B-PER", "I-PER", "B-LOC", "I-LOC", "E-PER", "S-LOC", "MISC"};

std::vector<EntitySpan> spans_of(const std::vector<std::int32_t>& labels) {
  std::vector<WordTag> tags;
  for (const std::int32_t label : labels) tags.push_back({label, 0.5f});
  return entity_spans(tags, kNames);
}

EntitySpan entity(const std::string& type, std::size_t begin, std::size_t end) { return {{type, begin, end}, 0.5f}; }

}  // namespace

TEST_CASE("windows begin at words and have the end") {
  CHECK(bounds(word_windows(pieces_of({}), 4, 2)) == Bounds{{0, 0}});
  CHECK(bounds(word_windows(pieces_of({1, 1, 1}), 4, 2)) == Bounds{{0, 3}});
  CHECK(bounds(word_windows(pieces_of({1, 1, 1, 1, 1, 1}), 4, 2)) == Bounds{{0, 4}, {2, 6}});
  CHECK(bounds(word_windows(pieces_of({1, 2, 3, 1}), 4, 2)) == Bounds{{0, 4}, {3, 7}});
  // A word longer than a window: cut, and the next begins where this one ends.
  CHECK(bounds(word_windows(pieces_of({1, 9, 1}), 4, 2)) == Bounds{{0, 4}, {4, 8}, {8, 11}});
}

TEST_CASE("a piece is decided where it has most context") {
  const std::vector<PieceWindow> windows{{0, 10}, {5, 15}, {10, 17}};
  CHECK(window_of_most_context(windows, 0) == 0);
  CHECK(window_of_most_context(windows, 6) == 0);  // 3 to its right there, 1 to its left in the next
  CHECK(window_of_most_context(windows, 7) == 0);  // 2 in both, both 10 long: the first
  CHECK(window_of_most_context(windows, 8) == 1);
  CHECK(window_of_most_context(windows, 12) == 1);  // 2 in both: the longer
  CHECK(window_of_most_context(windows, 16) == 2);
}

TEST_CASE("entities of tags, with and without prefixes") {
  CHECK(spans_of({}).empty());
  CHECK(spans_of({0, 0}).empty());
  CHECK(spans_of({1, 2, 0, 3}) == std::vector{entity("PER", 0, 2), entity("LOC", 3, 4)});
  CHECK(spans_of({1, 1}) == std::vector{entity("PER", 0, 1), entity("PER", 1, 2)});
  CHECK(spans_of({2, 2}) == std::vector{entity("PER", 0, 2)});                           // I- begins one
  CHECK(spans_of({1, 4}) == std::vector{entity("PER", 0, 1), entity("LOC", 1, 2)});      // of another type
  CHECK(spans_of({6, 4}) == std::vector{entity("LOC", 0, 1), entity("LOC", 1, 2)});      // S- stands alone
  CHECK(spans_of({7, 7}) == std::vector{entity("MISC", 0, 2)});                          // no prefix
  CHECK(spans_of({1, -1, 2}) == std::vector{entity("PER", 0, 1), entity("PER", 2, 3)});  // nothing left of a word
  CHECK(spans_of({9}) == std::vector{entity("LABEL_9", 0, 1)});
}

TEST_CASE("an entity's probability is the mean of its words'") {
  const std::vector<WordTag> tags{{1, 0.9f}, {2, 0.5f}, {2, 0.4f}};
  CHECK(entity_spans(tags, kNames)[0].probability == doctest::Approx(0.6));
}
