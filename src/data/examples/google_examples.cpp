#include "data/examples/google_examples.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/examples/dynamic_examples.h"

namespace scoria {

GoogleExamples::GoogleExamples(const TokenStore& store, const Tokenizer& tokenizer, const ExampleOptions& options,
                               PythonRandom& random)
    : store_(store),
      cls_(tokenizer.cls_id()),
      sep_(tokenizer.sep_id()),
      mask_(tokenizer.mask_id()),
      vocabulary_size_(tokenizer.size()),
      options_(options),
      random_(random),
      continues_(continuing_ids(tokenizer)),
      order_(store.document_count()) {
  std::iota(order_.begin(), order_.end(), 0u);
  random_.shuffle(order_);
}

void GoogleExamples::make(const std::function<void(const PretrainingExample&)>& take) {
  for (std::uint32_t place = 0; place < order_.size(); ++place) make_of_document(place, take);
}

GoogleExamples::Document GoogleExamples::document(std::uint32_t place) const {
  const std::size_t number = store_.block_of(order_[place]);
  TokenBlock block = store_.block(number);
  const auto in_block = static_cast<std::uint32_t>(order_[place] - store_.first_document(number));
  const std::uint32_t first = block.first_sentence(in_block), count = block.sentences_in(in_block);
  return {std::move(block), first, count};
}

void GoogleExamples::append(const Document& document, std::uint32_t sentence, Tokens& tokens) const {
  const std::uint32_t number = document.first_sentence + sentence;
  for (std::uint32_t t = document.block.first_token(number); t < document.block.first_token(number + 1); ++t)
    tokens.push_back(document.block.token(t));
}

void GoogleExamples::make_of_document(std::uint32_t place, const std::function<void(const PretrainingExample&)>& take) {
  const Document own = document(place);
  const auto longest = static_cast<std::uint32_t>(options_.sequence_length - 3);
  const std::uint32_t target = random_.random() < options_.short_fraction ? random_.randint(2, longest) : longest;
  Tokens a, b;
  PretrainingExample example;
  std::uint32_t begin = 0, end = 0;
  std::uint64_t length = 0;
  while (end < own.sentence_count) {
    length += own.block.sentence_length(own.first_sentence + end++);
    if (end < own.sentence_count && length < target) continue;
    const std::uint32_t count = end - begin;
    const std::uint32_t a_count = count < 2 ? 1 : random_.randint(1, count - 1);
    a.clear();
    b.clear();
    for (std::uint32_t s = 0; s < a_count; ++s) append(own, begin + s, a);
    const bool is_random = count == 1 || random_.random() < 0.5;
    if (is_random) {
      append_random(place, std::int64_t{target} - static_cast<std::int64_t>(a.size()), b);
      end = begin + a_count;  // the sentences not used are put back
    } else {
      for (std::uint32_t s = a_count; s < count; ++s) append(own, begin + s, b);
    }
    truncate(a, b);
    assemble(a, b, is_random, example);
    mask(example);
    take(example);
    begin = end;
    length = 0;
  }
}

/// From a random sentence of a random document on. After ten tries that all hit the same document, that one serves.
void GoogleExamples::append_random(std::uint32_t not_place, std::int64_t wanted, Tokens& tokens) {
  std::uint32_t place = not_place;
  for (int tries = 0; tries < 10 && place == not_place; ++tries)
    place = random_.randint(0, static_cast<std::uint32_t>(order_.size()) - 1);
  const Document other = document(place);
  std::uint32_t sentence = random_.randint(0, other.sentence_count - 1);
  do append(other, sentence++, tokens);
  while (sentence < other.sentence_count && static_cast<std::int64_t>(tokens.size()) < wanted);
}

void GoogleExamples::truncate(Tokens& a, Tokens& b) {
  const auto longest = static_cast<std::size_t>(options_.sequence_length - 3);
  std::size_t front[2] = {0, 0};
  const auto size = [&](int which) { return (which ? b : a).size() - front[which]; };
  while (size(0) + size(1) > longest) {
    const int longer = size(0) > size(1) ? 0 : 1;
    if (random_.random() < 0.5)
      ++front[longer];
    else
      (longer ? b : a).pop_back();
  }
  a.erase(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(front[0]));
  b.erase(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(front[1]));
}

void GoogleExamples::assemble(const Tokens& a, const Tokens& b, bool is_random, PretrainingExample& example) const {
  example.ids.assign(1, cls_);
  example.ids.insert(example.ids.end(), a.begin(), a.end());
  example.ids.push_back(sep_);
  example.segments.assign(example.ids.size(), 0);
  example.ids.insert(example.ids.end(), b.begin(), b.end());
  example.ids.push_back(sep_);
  example.segments.resize(example.ids.size(), 1);
  example.next_sentence_label = is_random ? 1 : 0;
}

void GoogleExamples::mask(PretrainingExample& example) {
  const Tokens original = example.ids;
  // With whole words a piece joins the candidate before it, wherever that is: at the start of B, the last word of A.
  // A candidate is a stretch of `places`.
  struct Candidate {
    std::uint32_t begin, end;
  };
  Tokens places;
  std::vector<Candidate> candidates;
  places.reserve(original.size());
  candidates.reserve(original.size());
  for (std::size_t at = 0; at < original.size(); ++at) {
    const std::int32_t id = original[at];
    if (id == cls_ || id == sep_) continue;
    const auto place = static_cast<std::uint32_t>(places.size());
    places.push_back(static_cast<std::int32_t>(at));
    if (options_.whole_words && !candidates.empty() && continues_[static_cast<std::size_t>(id)])
      ++candidates.back().end;
    else
      candidates.push_back({place, place + 1});
  }
  random_.shuffle(candidates);
  const auto share =
      static_cast<std::int32_t>(std::nearbyint(static_cast<double>(original.size()) * options_.masked_fraction));
  const auto wanted = static_cast<std::size_t>(std::min(options_.max_predictions, std::max(1, share)));
  Tokens& positions = example.masked_positions;
  positions.clear();
  for (const Candidate& candidate : candidates) {
    if (positions.size() >= wanted) break;
    if (positions.size() + candidate.end - candidate.begin > wanted) continue;
    for (std::uint32_t place = candidate.begin; place < candidate.end; ++place) {
      const std::int32_t at = places[place];
      example.ids[static_cast<std::size_t>(at)] = masked_id(original[static_cast<std::size_t>(at)]);
      positions.push_back(at);
    }
  }
  std::sort(positions.begin(), positions.end());
  example.masked_labels.clear();
  for (const std::int32_t at : positions) example.masked_labels.push_back(original[static_cast<std::size_t>(at)]);
}

std::int32_t GoogleExamples::masked_id(std::int32_t id) {
  if (random_.random() < 0.8) return mask_;
  if (random_.random() < 0.5) return id;
  return static_cast<std::int32_t>(random_.randint(0, static_cast<std::uint32_t>(vocabulary_size_) - 1));
}

}  // namespace scoria
