#include "text/pair_merges.h"

#include <algorithm>

namespace scoria {

PairMerges::PairMerges(std::vector<std::vector<Piece>> words, std::vector<std::int64_t> counts)
    : words_(std::move(words)), word_counts_(std::move(counts)) {
  for (std::size_t i = 0; i < words_.size(); ++i)
    for (std::size_t j = 0; j + 1 < words_[i].size(); ++j)
      change(words_[i][j], words_[i][j + 1], word_counts_[i], static_cast<std::int32_t>(i));
  queue_changed();
}

bool PairMerges::next(std::int64_t least, Pair& pair) {
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), Later());
    const std::int64_t count = pair_counts_.at(heap_.back().key);
    if (heap_.back().count != count) {
      heap_.back().count = count;
      std::push_heap(heap_.begin(), heap_.end(), Later());
      continue;
    }
    current_ = std::move(heap_.back());
    heap_.pop_back();
    if (count < 1 || count < least) return false;
    pair = {static_cast<Piece>(current_.key >> 32), static_cast<Piece>(current_.key & 0xFFFFFFFFu)};
    return true;
  }
  return false;
}

void PairMerges::merge(Piece merged) {
  const auto left = static_cast<Piece>(current_.key >> 32), right = static_cast<Piece>(current_.key & 0xFFFFFFFFu);
  for (const std::int32_t index : current_.words) merge_in_word(index, left, right, merged);
  queue_changed();
}

void PairMerges::merge_in_word(std::int32_t index, Piece left, Piece right, Piece merged) {
  std::vector<Piece>& word = words_[static_cast<std::size_t>(index)];
  const std::int64_t count = word_counts_[static_cast<std::size_t>(index)];
  std::size_t kept = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] != left || i + 1 == word.size() || word[i + 1] != right) {
      word[kept++] = word[i];
      continue;
    }
    if (kept > 0) {
      change(word[kept - 1], left, -count, index);
      change(word[kept - 1], merged, count, index);
    }
    if (i + 2 < word.size()) {
      change(right, word[i + 2], -count, index);
      change(merged, word[i + 2], count, index);
    }
    word[kept++] = merged;
    ++i;
  }
  word.resize(kept);
}

void PairMerges::change(Piece left, Piece right, std::int64_t by, std::int32_t word) {
  const Key key = key_of(left, right);
  pair_counts_[key] += by;
  if (by < 0) return;
  std::vector<std::int32_t>& words = changed_[key];
  if (words.empty() || words.back() != word) words.push_back(word);
}

void PairMerges::queue_changed() {
  for (auto& [key, words] : changed_) {
    const std::int64_t count = pair_counts_.at(key);
    if (count <= 0) continue;
    heap_.push_back({count, key, std::move(words)});
    std::push_heap(heap_.begin(), heap_.end(), Later());
  }
  changed_.clear();
}

}  // namespace scoria
