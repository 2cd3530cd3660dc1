#include "text/pair_merges.h"

#include <algorithm>
#include <utility>

namespace scoria {

PairMerges::PairMerges(SplitWords words, std::int64_t least) : least_(least), words_(std::move(words)) {
  words_.each_pair(
      [this](Piece left, Piece right, std::int64_t count, std::int32_t word) { change(left, right, count, word); });
  queue_changed();
}

const PairTable::Pair* PairMerges::next() {
  const auto later = [this](const Entry& a, const Entry& b) { return is_later(a, b); };
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const std::int64_t count = pairs_[heap_.back().pair].count;
    if (heap_.back().count != count) {
      heap_.back().count = count;
      std::push_heap(heap_.begin(), heap_.end(), later);
      continue;
    }
    current_ = heap_.back();
    heap_.pop_back();
    return count < least_ ? nullptr : &pairs_[current_.pair];
  }
  return nullptr;
}

void PairMerges::merge(Piece merged) {
  const Piece left = pairs_[current_.pair].left, right = pairs_[current_.pair].right;
  word_lists_.take(current_.words, [&](std::int32_t word) {
    words_.merge(word, left, right, merged,
                 [this](Piece a, Piece b, std::int64_t by, std::int32_t index) { change(a, b, by, index); });
  });
  queue_changed();
}

void PairMerges::change(Piece left, Piece right, std::int64_t by, std::int32_t word) {
  const std::uint32_t number = pairs_.find(left, right);
  PairTable::Pair& pair = pairs_[number];
  pair.count += by;
  if (by < 0) return;
  if (pair.words < 0) changed_.push_back(number);
  word_lists_.add(pair.words, word);
}

void PairMerges::queue_changed() {
  for (const std::uint32_t number : changed_) {
    const std::int32_t words = std::exchange(pairs_[number].words, -1);
    if (pairs_[number].count > 0) {
      heap_.push_back({pairs_[number].count, number, words});
      std::push_heap(heap_.begin(), heap_.end(), [this](const Entry& a, const Entry& b) { return is_later(a, b); });
    } else {
      word_lists_.take(words, [](std::int32_t) {});
    }
  }
  changed_.clear();
}

}  // namespace scoria
