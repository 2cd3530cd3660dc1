#include "text/likelihood_merges.h"

#include <algorithm>
#include <utility>

namespace scoria {

LikelihoodMerges::LikelihoodMerges(SplitWords words, std::int64_t least) : least_(least), words_(std::move(words)) {
  words_.each_piece([this](Piece piece, std::int64_t count) {
    const auto at = static_cast<std::size_t>(piece);
    if (at >= piece_counts_.size()) piece_counts_.resize(at + 1);
    piece_counts_[at] += count;
  });
  pairs_of_.resize(piece_counts_.size());
  words_.each_pair(
      [this](Piece left, Piece right, std::int64_t count, std::int32_t word) { change(left, right, count, word); });
  for (std::uint32_t pair = 0; pair < pairs_.size(); ++pair) queue(pair);
}

double LikelihoodMerges::score_of(const PairTable::Pair& pair) const {
  const auto count = [this](Piece piece) {
    return static_cast<double>(piece_counts_[static_cast<std::size_t>(piece)]);
  };
  return static_cast<double>(pair.count) / (count(pair.left) * count(pair.right));
}

const PairTable::Pair* LikelihoodMerges::next() {
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), [this](const Entry& a, const Entry& b) { return is_later(a, b); });
    const Entry entry = heap_.back();
    heap_.pop_back();
    const PairTable::Pair& pair = pairs_[entry.pair];
    if (pair.count < least_ || score_of(pair) != entry.score) continue;
    current_ = entry.pair;
    return &pair;
  }
  return nullptr;
}

void LikelihoodMerges::merge(Piece merged) {
  const Piece left = pairs_[current_].left, right = pairs_[current_].right;
  if (static_cast<std::size_t>(merged) >= piece_counts_.size()) {
    piece_counts_.resize(static_cast<std::size_t>(merged) + 1);
    pairs_of_.resize(piece_counts_.size());
  }
  word_lists_.take(std::exchange(pairs_[current_].words, -1), [&](std::int32_t word) {
    const std::int64_t count =
        words_.merge(word, left, right, merged,
                     [this](Piece a, Piece b, std::int64_t by, std::int32_t index) { change(a, b, by, index); });
    pairs_[current_].count -= count;
    piece_counts_[static_cast<std::size_t>(left)] -= count;
    piece_counts_[static_cast<std::size_t>(right)] -= count;
    piece_counts_[static_cast<std::size_t>(merged)] += count;
  });
  queue_pairs_of(left);
  if (right != left) queue_pairs_of(right);
  queue_pairs_of(merged);
  if (heap_.size() > 2 * entries_after_drop_ + 4096) drop_stale_entries();
}

void LikelihoodMerges::change(Piece left, Piece right, std::int64_t by, std::int32_t word) {
  const std::uint32_t known = pairs_.size();
  const std::uint32_t number = pairs_.find(left, right);
  if (number == known) {
    pairs_of_[static_cast<std::size_t>(left)].push_back(number);
    if (left != right) pairs_of_[static_cast<std::size_t>(right)].push_back(number);
  }
  PairTable::Pair& pair = pairs_[number];
  pair.count += by;
  if (by > 0) word_lists_.add(pair.words, word);
}

void LikelihoodMerges::queue(std::uint32_t pair) {
  if (pairs_[pair].count < least_) return;
  heap_.push_back({score_of(pairs_[pair]), pair});
  std::push_heap(heap_.begin(), heap_.end(), [this](const Entry& a, const Entry& b) { return is_later(a, b); });
}

void LikelihoodMerges::queue_pairs_of(Piece piece) {
  for (const std::uint32_t pair : pairs_of_[static_cast<std::size_t>(piece)]) queue(pair);
}

void LikelihoodMerges::drop_stale_entries() {
  std::erase_if(heap_, [this](const Entry& entry) {
    const PairTable::Pair& pair = pairs_[entry.pair];
    return pair.count < least_ || score_of(pair) != entry.score;
  });
  std::make_heap(heap_.begin(), heap_.end(), [this](const Entry& a, const Entry& b) { return is_later(a, b); });
  entries_after_drop_ = heap_.size();
}

}  // namespace scoria
