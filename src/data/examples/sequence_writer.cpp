#include "data/examples/sequence_writer.h"

#include <algorithm>
#include <cmath>

namespace scoria {
namespace {

void truncate(TokenRange& a, TokenRange& b, std::uint32_t longest, RandomStream& random) {
  std::uint32_t coins = 0;
  int coins_left = 0;
  while (a.size() + b.size() > longest) {
    if (coins_left == 0) {
      coins = random.next();
      coins_left = 32;
    }
    TokenRange& longer = a.size() > b.size() ? a : b;
    if (coins & 1)
      ++longer.begin;
    else
      --longer.end;
    coins >>= 1;
    --coins_left;
  }
}

/// `wanted` positions, or all there are, but those of [CLS], of [SEP] at `middle`, and of the last [SEP].
std::vector<std::int32_t> draw_positions(std::int32_t length, std::int32_t middle, std::int32_t wanted,
                                         RandomStream& random) {
  auto candidates = static_cast<std::uint32_t>(length - (middle == length - 1 ? 2 : 3));
  auto left = std::min(static_cast<std::uint32_t>(wanted), candidates);
  std::vector<std::int32_t> chosen;
  chosen.reserve(left);
  // Each candidate in turn with probability left / candidates gives every choice of positions alike, in order.
  for (std::int32_t at = 1; left > 0; ++at) {
    if (at == middle || random.below(candidates--) >= left) continue;
    --left;
    chosen.push_back(at);
  }
  return chosen;
}

}  // namespace

void SequenceWriter::write(TokenRange a, TokenRange b, std::uint32_t longest, std::int32_t label, RandomStream& random,
                           std::int32_t row, PretrainingBatch& batch) const {
  truncate(a, b, longest, random);
  const std::size_t start = static_cast<std::size_t>(row) * static_cast<std::size_t>(batch.sequence_length);
  std::int32_t* ids = batch.ids.data() + start;
  std::int32_t at = 0;
  ids[at++] = ids_.cls;
  for (std::uint32_t t = a.begin; t < a.end; ++t) ids[at++] = a.block.token(t);
  ids[at++] = ids_.sep;
  if (options_.next_sentence) {
    const std::int32_t second = at;
    for (std::uint32_t t = b.begin; t < b.end; ++t) ids[at++] = b.block.token(t);
    ids[at++] = ids_.sep;
    std::fill(batch.segments.data() + start + second, batch.segments.data() + start + at, 1);
  }
  batch.lengths[static_cast<std::size_t>(row)] = at;
  batch.token_count += at;
  batch.next_sentence_labels[static_cast<std::size_t>(row)] = label;
  mask(row, static_cast<std::int32_t>(a.size()), random, batch);
}

void SequenceWriter::mask(std::int32_t row, std::int32_t a_size, RandomStream& random, PretrainingBatch& batch) const {
  const std::int32_t length = batch.lengths[static_cast<std::size_t>(row)];
  const std::int32_t first_row = row * batch.sequence_length;
  std::int32_t* ids = batch.ids.data() + first_row;
  // Half to even, as Python rounds.
  const auto share = static_cast<std::int32_t>(std::nearbyint(length * options_.masked_fraction));
  const std::int32_t wanted = std::min(options_.max_predictions, std::max(1, share));
  const std::int32_t middle = a_size + 1;
  const auto chosen = options_.whole_words ? draw_words(ids, length, middle, wanted, random)
                                           : draw_positions(length, middle, wanted, random);
  std::size_t label = static_cast<std::size_t>(row) * static_cast<std::size_t>(batch.max_predictions);
  for (const std::int32_t at : chosen) {
    batch.masked_rows[label] = first_row + at;
    batch.masked_labels[label++] = ids[at];
    ids[at] = masked_id(ids[at], random);
  }
  batch.masked_count += static_cast<std::int64_t>(chosen.size());
}

/// As draw_positions, in whole words: drawn in any order; one that would pass `wanted` is passed over.
std::vector<std::int32_t> SequenceWriter::draw_words(const std::int32_t* ids, std::int32_t length, std::int32_t middle,
                                                     std::int32_t wanted, RandomStream& random) const {
  struct Word {
    std::int32_t begin, end;
  };
  std::vector<Word> words;
  for (std::int32_t at = 1; at < length - 1; ++at) {
    if (at == middle) continue;
    const bool goes_on = continues_[static_cast<std::size_t>(ids[at])] && at > 1 && at != middle + 1;
    if (goes_on)
      words.back().end = at + 1;
    else
      words.push_back({at, at + 1});
  }
  random.shuffle(words);
  std::vector<std::int32_t> chosen;
  for (const Word& word : words) {
    if (static_cast<std::int32_t>(chosen.size()) + word.end - word.begin > wanted) continue;
    for (std::int32_t at = word.begin; at < word.end; ++at) chosen.push_back(at);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::int32_t SequenceWriter::masked_id(std::int32_t id, RandomStream& random) const {
  const double draw = random.uniform();
  if (draw < options_.mask_share) return ids_.mask;
  if (draw < options_.mask_share + options_.random_share)
    return static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(ids_.vocabulary_size)));
  return id;
}

}  // namespace scoria
