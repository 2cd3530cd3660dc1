#include "scoria/data/token_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "data/shards/keyed_permutation.h"
#include "data/shards/token_block.h"
#include "data/shards/vocabulary_hash.h"
#include "scoria/error.h"

namespace scoria {

struct TokenStore::State {
  std::int32_t vocabulary_size = 0;
  std::uint64_t sentences = 0, tokens = 0;
  // In memory, and the documents before each block:
  std::vector<TokenBlockBuilder> blocks;
  std::vector<std::uint64_t> first_document{0};
  // Or on disk:
  std::optional<ShardFolder> shards;

  void count(const TokenBlockBuilder& block, std::size_t sentences_before, std::size_t tokens_before) {
    sentences += block.sentence_count() - sentences_before;
    tokens += block.token_count() - tokens_before;
  }
};

TokenStore::TokenStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
TokenStore::TokenStore(std::int32_t vocabulary_size) : state_(std::make_unique<State>()) {
  state_->vocabulary_size = vocabulary_size;
}
TokenStore::~TokenStore() = default;
TokenStore::TokenStore(TokenStore&&) noexcept = default;
TokenStore& TokenStore::operator=(TokenStore&&) noexcept = default;

TokenStore TokenStore::open(const std::filesystem::path& folder, const Tokenizer& tokenizer) {
  auto state = std::make_unique<State>();
  state->shards.emplace(folder, ShardKind::Documents, check_token_block);
  const ShardHead& head = state->shards->head();
  check_vocabulary(head, tokenizer, folder);
  state->vocabulary_size = tokenizer.size();
  state->sentences = head.sentence_count;
  state->tokens = head.token_count;
  return TokenStore(std::move(state));
}

void TokenStore::add_document(std::span<const std::int32_t> ids, std::span<const std::uint32_t> sentence_lengths) {
  State& s = *state_;
  if (s.shards) throw Error(ErrorKind::Usage, "token store: documents cannot be added to shards on disk");
  if (ids.empty()) return;
  for (const std::int32_t id : ids)
    if (id < 0 || id >= s.vocabulary_size)
      throw Error(ErrorKind::Usage,
                  fmt::format("token store: id {} is outside the vocabulary of {}", id, s.vocabulary_size));
  std::uint64_t sum = 0;
  for (const std::uint32_t length : sentence_lengths) sum += length;
  if (sum != ids.size())
    throw Error(ErrorKind::Usage,
                fmt::format("token store: sentence lengths sum to {}, the document has {} tokens", sum, ids.size()));
  if (s.blocks.empty() || s.blocks.back().is_full()) {
    s.blocks.emplace_back(s.vocabulary_size);
    s.first_document.push_back(s.first_document.back());
  }
  TokenBlockBuilder& block = s.blocks.back();
  const std::size_t sentences = block.sentence_count(), tokens = block.token_count();
  block.add_document(ids, sentence_lengths);
  s.count(block, sentences, tokens);
  ++s.first_document.back();
}

void TokenStore::append(TokenStore other) {
  State& s = *state_;
  if (other.state_->vocabulary_size != s.vocabulary_size)
    throw Error(ErrorKind::Usage, fmt::format("token store: vocabularies of {} and {} tokens cannot be joined",
                                              s.vocabulary_size, other.state_->vocabulary_size));
  if (s.shards || other.state_->shards)
    throw Error(ErrorKind::Usage, "token store: only stores in memory can be joined");
  for (TokenBlockBuilder& block : other.state_->blocks) {
    s.count(block, 0, 0);
    s.first_document.push_back(s.first_document.back() + block.document_count());
    s.blocks.push_back(std::move(block));
  }
}

std::int32_t TokenStore::vocabulary_size() const { return state_->vocabulary_size; }
std::uint64_t TokenStore::document_count() const { return first_document(block_count()); }
std::uint64_t TokenStore::sentence_count() const { return state_->sentences; }
std::uint64_t TokenStore::token_count() const { return state_->tokens; }

std::size_t TokenStore::block_count() const {
  return state_->shards ? state_->shards->block_count() : state_->blocks.size();
}

std::uint64_t TokenStore::first_document(std::size_t block) const {
  return state_->shards ? state_->shards->first_record(block) : state_->first_document[block];
}

std::size_t TokenStore::block_of(std::uint64_t document) const {
  if (state_->shards) return state_->shards->block_of(document);
  const auto& first = state_->first_document;
  return static_cast<std::size_t>(std::upper_bound(first.begin(), first.end(), document) - first.begin()) - 1;
}

TokenBlock TokenStore::block(std::size_t number) const {
  const State& s = *state_;
  return s.shards ? token_block(s.shards->read(number), s.shards->head()) : s.blocks[number].view();
}

std::uint64_t TokenStore::fingerprint() const {
  if (state_->shards) return state_->shards->fingerprint();
  std::vector<std::uint64_t> checksums;
  for (std::size_t i = 0; i < block_count(); ++i)
    checksums.push_back(block_image(block(i), state_->vocabulary_size).entry().checksum);
  return fingerprint_of(checksums, static_cast<std::uint64_t>(state_->vocabulary_size));
}

namespace {

constexpr std::size_t kMostHeldOut = 10000;

/// Calls visit(document) for each document of two sentences or more, in order.
template <typename Visit>
void for_each_divided(const TokenStore& store, const Visit& visit) {
  for (std::size_t b = 0; b < store.block_count(); ++b) {
    const TokenBlock block = store.block(b);
    for (std::uint32_t d = 0; d < block.document_count(); ++d)
      if (block.sentences_in(d) >= 2) visit(static_cast<std::uint32_t>(store.first_document(b) + d));
  }
}

}  // namespace

HeldOut hold_out(const TokenStore& store, double fraction, std::uint64_t seed) {
  if (!(fraction >= 0 && fraction < 1))
    throw Error(ErrorKind::Usage, fmt::format("held-out fraction must be in [0, 1), got {}", fraction));
  const auto count = static_cast<double>(store.document_count());
  std::uint32_t candidates = 0;
  if (fraction > 0) for_each_divided(store, [&](std::uint32_t) { ++candidates; });
  std::size_t wanted = fraction == 0 ? 0 : std::max<std::size_t>(2, static_cast<std::size_t>(fraction * count + 0.5));
  wanted = std::min({wanted, kMostHeldOut, candidates == 0 ? std::size_t{0} : candidates - std::size_t{1}});
  HeldOut out{{DocumentChoice::Rule::AllBut, {}}, {DocumentChoice::Rule::Only, {}}};
  if (wanted < 2 || store.document_count() < wanted + 2) return out;
  const KeyedPermutation shuffled(candidates, seed, {.site = RandomStream::kHoldOut});
  std::vector<std::uint32_t> chosen;  // numbers among the candidates
  for (std::uint32_t i = 0; i < wanted; ++i) chosen.push_back(static_cast<std::uint32_t>(shuffled(i)));
  std::sort(chosen.begin(), chosen.end());
  std::uint32_t number = 0;
  for_each_divided(store, [&](std::uint32_t document) {
    if (std::binary_search(chosen.begin(), chosen.end(), number++)) out.evaluation.listed.push_back(document);
  });
  out.training.listed = out.evaluation.listed;
  return out;
}

}  // namespace scoria
