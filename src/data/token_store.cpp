#include "scoria/data/token_store.h"

#include <fmt/core.h>
#include <xxhash.h>

#include <algorithm>
#include <numeric>

#include "data/random_stream.h"
#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::int32_t kNarrowLimit = 65536;

}  // namespace

TokenStore::TokenStore(std::int32_t vocabulary_size)
    : vocabulary_size_(vocabulary_size), narrow_(vocabulary_size <= kNarrowLimit) {}

void TokenStore::add_document(std::span<const std::int32_t> ids, std::span<const std::uint32_t> sentence_lengths) {
  if (ids.empty()) return;
  for (const std::int32_t id : ids)
    if (id < 0 || id >= vocabulary_size_)
      throw Error(ErrorKind::Usage,
                  fmt::format("token store: id {} is outside the vocabulary of {}", id, vocabulary_size_));
  if (narrow_)
    ids16_.insert(ids16_.end(), ids.begin(), ids.end());
  else
    ids32_.insert(ids32_.end(), ids.begin(), ids.end());
  const std::uint64_t begin = sentence_begin_.back();
  for (const std::uint32_t length : sentence_lengths)
    if (length > 0) sentence_begin_.push_back(sentence_begin_.back() + length);
  if (sentence_begin_.back() != begin + ids.size())
    throw Error(ErrorKind::Usage, fmt::format("token store: sentence lengths sum to {}, the document has {} tokens",
                                              sentence_begin_.back() - begin, ids.size()));
  document_begin_.push_back(sentence_count());
}

void TokenStore::append(const TokenStore& other) {
  if (other.vocabulary_size_ != vocabulary_size_)
    throw Error(ErrorKind::Usage, fmt::format("token store: vocabularies of {} and {} tokens cannot be joined",
                                              vocabulary_size_, other.vocabulary_size_));
  const std::uint64_t tokens = token_count(), sentences = sentence_count();
  ids16_.insert(ids16_.end(), other.ids16_.begin(), other.ids16_.end());
  ids32_.insert(ids32_.end(), other.ids32_.begin(), other.ids32_.end());
  for (std::size_t i = 1; i < other.sentence_begin_.size(); ++i)
    sentence_begin_.push_back(tokens + other.sentence_begin_[i]);
  for (std::size_t i = 1; i < other.document_begin_.size(); ++i)
    document_begin_.push_back(sentences + other.document_begin_[i]);
}

std::size_t TokenStore::byte_count() const {
  return ids16_.size() * sizeof(ids16_[0]) + ids32_.size() * sizeof(ids32_[0]) +
         (sentence_begin_.size() + document_begin_.size()) * sizeof(std::uint64_t);
}

std::uint64_t TokenStore::fingerprint() const {
  const auto hash = [](const auto& values, std::uint64_t seed) {
    return XXH3_64bits_withSeed(values.data(), values.size() * sizeof(values[0]), seed);
  };
  std::uint64_t seed = static_cast<std::uint64_t>(vocabulary_size_);
  seed = narrow_ ? hash(ids16_, seed) : hash(ids32_, seed);
  return hash(document_begin_, hash(sentence_begin_, seed));
}

HeldOut hold_out(const TokenStore& store, double fraction, std::uint64_t seed) {
  if (!(fraction >= 0 && fraction < 1))
    throw Error(ErrorKind::Usage, fmt::format("held-out fraction must be in [0, 1), got {}", fraction));
  const auto count = static_cast<std::uint32_t>(store.document_count());
  HeldOut out;
  std::vector<std::uint32_t> candidates;
  for (std::uint32_t d = 0; d < count; ++d)
    if (store.sentences_in(d) >= 2) candidates.push_back(d);
  std::size_t wanted = fraction == 0 ? 0 : std::max<std::size_t>(2, static_cast<std::size_t>(fraction * count + 0.5));
  wanted = std::min(wanted, candidates.empty() ? 0 : candidates.size() - 1);
  if (wanted < 2 || count < wanted + 2) wanted = 0;
  RandomStream random(seed, {.site = RandomStream::kHoldOut});
  random.shuffle(candidates);
  candidates.resize(wanted);
  std::sort(candidates.begin(), candidates.end());
  out.evaluation = candidates;
  for (std::uint32_t d = 0; d < count; ++d)
    if (!std::binary_search(candidates.begin(), candidates.end(), d)) out.training.push_back(d);
  return out;
}

}  // namespace scoria
