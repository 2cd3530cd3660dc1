#include "data/sequence_writer.h"

#include <algorithm>
#include <cmath>

namespace scoria {

void SequenceWriter::write(const PlannedSequence& planned, RandomStream random, std::int32_t row,
                           PretrainingBatch& batch) const {
  const std::uint64_t first = store_.first_sentence(documents_[planned.document]) + planned.first_sentence;
  Segment a = sentences(first, planned.a_sentences);
  const bool is_next = planned.b_sentences > 0;
  const std::uint64_t wanted = planned.target > a.size() ? planned.target - a.size() : 1;
  Segment b = is_next ? sentences(first + planned.a_sentences, planned.b_sentences)
                      : random_segment(planned.document, wanted, random);
  truncate(a, b, random);

  const std::size_t start = static_cast<std::size_t>(row) * static_cast<std::size_t>(batch.sequence_length);
  std::int32_t* ids = batch.ids.data() + start;
  std::int32_t at = 0;
  ids[at++] = ids_.cls;
  for (std::uint64_t t = a.begin; t < a.end; ++t) ids[at++] = store_.token(t);
  ids[at++] = ids_.sep;
  const std::int32_t second = at;
  for (std::uint64_t t = b.begin; t < b.end; ++t) ids[at++] = store_.token(t);
  ids[at++] = ids_.sep;
  std::fill(batch.segments.data() + start + second, batch.segments.data() + start + at, 1);
  batch.lengths[static_cast<std::size_t>(row)] = at;
  batch.token_count += at;
  batch.next_sentence_labels[static_cast<std::size_t>(row)] = is_next ? 0 : 1;
  mask(row, static_cast<std::int32_t>(a.size()), random, batch);
}

SequenceWriter::Segment SequenceWriter::sentences(std::uint64_t first, std::uint64_t count) const {
  return {store_.first_token(first), store_.first_token(first + count)};
}

SequenceWriter::Segment SequenceWriter::random_segment(std::uint32_t not_place, std::uint64_t wanted,
                                                       RandomStream& random) const {
  std::uint32_t place = random.below(static_cast<std::uint32_t>(documents_.size()) - 1);
  if (place >= not_place) ++place;
  const std::uint32_t document = documents_[place];
  const std::uint64_t first = store_.first_sentence(document);
  const auto available = static_cast<std::uint32_t>(store_.sentences_in(document));
  const std::uint32_t start = random.below(available);
  std::uint32_t end = start + 1;
  while (end < available && sentences(first + start, end - start).size() < wanted) ++end;
  return sentences(first + start, end - start);
}

void SequenceWriter::truncate(Segment& a, Segment& b, RandomStream& random) const {
  const auto longest = static_cast<std::uint64_t>(options_.sequence_length - 3);
  std::uint32_t coins = 0;
  int coins_left = 0;
  while (a.size() + b.size() > longest) {
    if (coins_left == 0) {
      coins = random.next();
      coins_left = 32;
    }
    Segment& longer = a.size() > b.size() ? a : b;
    if (coins & 1)
      ++longer.begin;
    else
      --longer.end;
    coins >>= 1;
    --coins_left;
  }
}

void SequenceWriter::mask(std::int32_t row, std::int32_t a_size, RandomStream& random, PretrainingBatch& batch) const {
  const std::int32_t length = batch.lengths[static_cast<std::size_t>(row)];
  const std::int32_t first_row = row * batch.sequence_length;
  std::int32_t* ids = batch.ids.data() + first_row;
  const std::size_t first_label = static_cast<std::size_t>(row) * static_cast<std::size_t>(batch.max_predictions);
  // Half to even, as Python rounds.
  const auto share = static_cast<std::int32_t>(std::nearbyint(length * options_.masked_fraction));
  auto candidates = static_cast<std::uint32_t>(length - 3);
  auto wanted = static_cast<std::uint32_t>(std::min({options_.max_predictions, std::max(1, share), length - 3}));
  std::size_t label = first_label;
  // Each candidate in turn with probability wanted / candidates gives every choice of positions alike, in order.
  for (std::int32_t at = 1; wanted > 0; ++at) {
    if (at == a_size + 1) continue;
    if (random.below(candidates--) >= wanted) continue;
    --wanted;
    batch.masked_rows[label] = first_row + at;
    batch.masked_labels[label++] = ids[at];
    ids[at] = masked_id(ids[at], random);
  }
  batch.masked_count += static_cast<std::int64_t>(label - first_label);
}

std::int32_t SequenceWriter::masked_id(std::int32_t id, RandomStream& random) const {
  const double draw = random.uniform();
  if (draw < options_.mask_share) return ids_.mask;
  if (draw < options_.mask_share + options_.random_share)
    return static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(store_.vocabulary_size())));
  return id;
}

}  // namespace scoria
