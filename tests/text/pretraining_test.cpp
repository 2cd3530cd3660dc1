#include "scoria/data/pretraining.h"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <span>

#include "error_message.h"

using namespace scoria;

namespace {

constexpr std::int32_t kVocabulary = 20000;

/// Specials 0..4, then words.
const Tokenizer& tokenizer() {
  static const Tokenizer made = [] {
    std::vector<std::string> tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    while (static_cast<std::int32_t>(tokens.size()) < kVocabulary) tokens.push_back(fmt::format("w{}", tokens.size()));
    return Tokenizer(tokens);
  }();
  return made;
}

/// Documents of `sentences` sentences of 3 to 17 tokens; the tokens count up through the corpus, so that a token
/// tells its document and place as long as there are fewer than the vocabulary has.
std::shared_ptr<const TokenStore> counting_store(int documents, int sentences) {
  auto store = std::make_shared<TokenStore>(kVocabulary);
  std::int32_t next = 5;
  for (int d = 0; d < documents; ++d) {
    std::vector<std::int32_t> ids;
    std::vector<std::uint32_t> lengths;
    for (int s = 0; s < sentences; ++s) {
      lengths.push_back(static_cast<std::uint32_t>(3 + (d * 5 + s * 7) % 15));
      for (std::uint32_t i = 0; i < lengths.back(); ++i) ids.push_back(next++);
    }
    store->add_document(ids, lengths);
  }
  REQUIRE(next <= kVocabulary);
  return store;
}

int document_of(const TokenStore& store, std::int32_t id) {
  std::int32_t next = 5;
  for (std::size_t b = 0; b < store.block_count(); ++b) {
    const TokenBlock block = store.block(b);
    for (std::uint32_t d = 0; d < block.document_count(); ++d) {
      const std::int32_t end = static_cast<std::int32_t>(block.first_token(block.first_sentence(d + 1)));
      if (id < next + end) return static_cast<int>(store.first_document(b) + d);
    }
    next += static_cast<std::int32_t>(block.token_count());
  }
  return -1;
}

/// The ids before masking.
std::vector<std::int32_t> unmasked(const PretrainingExample& example) {
  std::vector<std::int32_t> ids = example.ids;
  for (std::size_t i = 0; i < example.masked_positions.size(); ++i)
    ids[static_cast<std::size_t>(example.masked_positions[i])] = example.masked_labels[i];
  return ids;
}

/// Whether each row has as many labels as 0.15 of its tokens, one at least.
bool has_all_labels(const PretrainingBatch& batch) {
  const auto P = static_cast<std::size_t>(batch.max_predictions);
  for (std::size_t row = 0; row < batch.lengths.size(); ++row) {
    const std::span<const std::int32_t> labels(batch.masked_labels.data() + row * P, P);
    const auto found = std::count_if(labels.begin(), labels.end(), [](std::int32_t label) { return label >= 0; });
    if (found != std::max(1L, std::lrint(0.15 * batch.lengths[row]))) return false;
  }
  return true;
}

bool same(const PretrainingBatch& a, const PretrainingBatch& b) {
  return a.ids == b.ids && a.segments == b.segments && a.lengths == b.lengths && a.masked_rows == b.masked_rows &&
         a.masked_labels == b.masked_labels && a.next_sentence_labels == b.next_sentence_labels &&
         a.masked_count == b.masked_count && a.token_count == b.token_count && a.first_example == b.first_example;
}

}  // namespace

TEST_CASE("an example is [CLS] A [SEP] B [SEP], each a stretch of a document, and the label tells whose B is") {
  const auto store = counting_store(12, 40);
  const PretrainingData data(store, tokenizer(), {.sequence_length = 64, .seed = 3});
  int random_count = 0, count = 0;
  for (std::uint64_t index = 0; index < data.epoch_size(0) * 3; ++index, ++count) {
    const PretrainingExample example = data.example(index);
    const std::vector<std::int32_t> ids = unmasked(example);
    REQUIRE(ids.size() <= 64);
    REQUIRE(ids.front() == tokenizer().cls_id());
    REQUIRE(ids.back() == tokenizer().sep_id());
    const auto first_sep = std::find(ids.begin(), ids.end(), tokenizer().sep_id());
    const std::vector<std::int32_t> a(ids.begin() + 1, first_sep), b(first_sep + 1, ids.end() - 1);
    REQUIRE(!a.empty());
    REQUIRE(!b.empty());
    for (const auto* part : {&a, &b}) {
      for (std::size_t i = 1; i < part->size(); ++i) REQUIRE((*part)[i] == (*part)[i - 1] + 1);
      REQUIRE(document_of(*store, part->front()) == document_of(*store, part->back()));
    }
    for (std::size_t i = 0; i < ids.size(); ++i) REQUIRE(example.segments[i] == (i > a.size() + 1 ? 1 : 0));
    const bool same_document = document_of(*store, a[0]) == document_of(*store, b[0]);
    REQUIRE(example.next_sentence_label == (same_document ? 0 : 1));
    if (same_document) REQUIRE(b.front() > a.back());
    random_count += example.next_sentence_label;
  }
  // Over a half: a last sentence alone always takes a B from elsewhere.
  CHECK(random_count > count * 0.45);
  CHECK(random_count < count * 0.70);
}

TEST_CASE("an epoch uses every sentence as A or as the B after it") {
  const auto store = counting_store(6, 30);
  const PretrainingData data(store, tokenizer(), {.sequence_length = 200, .short_fraction = 0, .seed = 1});
  for (std::uint64_t epoch = 0, first = 0; epoch < 3; first += data.epoch_size(epoch++)) {
    std::set<std::int32_t> seen;
    for (std::uint64_t i = 0; i < data.epoch_size(epoch); ++i) {
      const PretrainingExample example = data.example(first + i);
      const std::vector<std::int32_t> ids = unmasked(example);
      for (std::size_t k = 0; k < ids.size(); ++k)
        if (example.segments[k] == 0 || example.next_sentence_label == 0) seen.insert(ids[k]);
    }
    // Truncation drops a few tokens where the last sentence overshoots.
    CHECK(static_cast<double>(seen.size()) > 0.93 * static_cast<double>(store->token_count()));
  }
}

TEST_CASE("masking: how many, which, and what they become") {
  const auto store = counting_store(20, 60);
  const PretrainingData data(store, tokenizer(), {.sequence_length = 128, .seed = 11});
  CHECK(data.options().max_predictions == 20);
  std::int64_t masked = 0, kept = 0, random = 0, specials = 0;
  std::map<std::int32_t, int> positions;
  for (std::uint64_t index = 0; index < 4000; ++index) {
    const PretrainingExample example = data.example(index);
    const auto length = static_cast<std::int32_t>(example.ids.size());
    const auto wanted = std::min(20, std::max(1, static_cast<std::int32_t>(std::nearbyint(length * 0.15))));
    REQUIRE(static_cast<std::int32_t>(example.masked_positions.size()) == wanted);
    REQUIRE(std::is_sorted(example.masked_positions.begin(), example.masked_positions.end()));
    REQUIRE(std::adjacent_find(example.masked_positions.begin(), example.masked_positions.end()) ==
            example.masked_positions.end());
    for (std::size_t i = 0; i < example.masked_positions.size(); ++i) {
      const std::int32_t position = example.masked_positions[i], label = example.masked_labels[i];
      const std::int32_t now = example.ids[static_cast<std::size_t>(position)];
      REQUIRE(label >= 5);  // never [CLS] or [SEP], and the id from before masking
      masked += now == tokenizer().mask_id();
      kept += now == label;
      random += now != label && now != tokenizer().mask_id();
      specials += now < 4;
      if (length == 128) ++positions[position];
    }
  }
  const auto total = static_cast<double>(masked + kept + random);
  CHECK(masked / total == doctest::Approx(0.8).epsilon(0.01));
  CHECK(kept / total == doctest::Approx(0.1).epsilon(0.05));
  CHECK(random / total == doctest::Approx(0.1).epsilon(0.05));
  CHECK(specials > 0);  // the random token comes from the whole vocabulary, specials included
  // Every position is chosen about alike, but for those where the [SEP] between lies.
  const auto [least, most] = std::minmax_element(positions.begin(), positions.end(),
                                                 [](const auto& a, const auto& b) { return a.second < b.second; });
  CHECK(least->first > 0);
  CHECK(most->first < 127);
  CHECK(most->second < 1.5 * least->second);
}

TEST_CASE("shares of masking are what they are set to") {
  const auto store = counting_store(4, 40);
  const PretrainingData all(store, tokenizer(), {.sequence_length = 64, .mask_share = 1, .random_share = 0});
  const PretrainingData none(store, tokenizer(), {.sequence_length = 64, .mask_share = 0, .random_share = 0});
  for (std::uint64_t i = 0; i < 50; ++i) {
    const PretrainingExample example = all.example(i);
    for (const std::int32_t position : example.masked_positions)
      CHECK(example.ids[static_cast<std::size_t>(position)] == tokenizer().mask_id());
    CHECK(none.example(i).ids == unmasked(none.example(i)));
  }
}

TEST_CASE("an example is a function of its number alone") {
  const auto store = counting_store(9, 35);
  const PretrainingOptions options{.sequence_length = 48, .seed = 77};
  const PretrainingData data(store, tokenizer(), options), fresh(store, tokenizer(), options);
  const std::uint64_t last = data.epoch_size(0) * 5;
  std::vector<PretrainingExample> forward;
  for (std::uint64_t i = 0; i < last; ++i) forward.push_back(data.example(i));
  for (std::uint64_t i = last; i-- > 0;) REQUIRE(fresh.example(i).ids == forward[i].ids);
  const PretrainingData other(store, tokenizer(), {.sequence_length = 48, .seed = 78});
  int equal = 0;
  for (std::uint64_t i = 0; i < 100; ++i) equal += other.example(i).ids == forward[i].ids;
  CHECK(equal < 5);
}

TEST_CASE("epochs differ in order, in pairs and in masks, and sum up") {
  const auto store = counting_store(9, 35);
  const PretrainingData data(store, tokenizer(), {.sequence_length = 48});
  const std::uint64_t size = data.epoch_size(0);
  int same_text = 0;
  for (std::uint64_t i = 0; i < std::min(size, data.epoch_size(1)); ++i)
    same_text += unmasked(data.example(i)) == unmasked(data.example(size + i));
  CHECK(same_text < 3);
  CHECK(data.epoch_of(0) == 0);
  CHECK(data.epoch_of(size) == 1);
  CHECK(data.epoch_of(size + data.epoch_size(1) / 2) == doctest::Approx(1.5).epsilon(0.02));
}

TEST_CASE("a batch is its examples, flat and padded") {
  const auto store = counting_store(9, 35);
  const PretrainingData data(store, tokenizer(), {.sequence_length = 48, .max_predictions = 5, .seed = 4});
  PretrainingBatch batch;
  data.fill(100, 7, batch);
  std::int64_t tokens = 0, labels = 0;
  for (std::int32_t b = 0; b < 7; ++b) {
    const PretrainingExample example = data.example(100 + static_cast<std::uint64_t>(b));
    const auto length = static_cast<std::int32_t>(example.ids.size());
    CHECK(batch.lengths[b] == length);
    CHECK(batch.next_sentence_labels[b] == example.next_sentence_label);
    for (std::int32_t s = 0; s < 48; ++s) {
      CHECK(batch.ids[b * 48 + s] == (s < length ? example.ids[s] : tokenizer().pad_id()));
      CHECK(batch.segments[b * 48 + s] == (s < length ? example.segments[s] : 0));
    }
    const auto count = static_cast<std::int32_t>(example.masked_positions.size());
    for (std::int32_t p = 0; p < 5; ++p) {
      CHECK(batch.masked_rows[b * 5 + p] == b * 48 + (p < count ? example.masked_positions[p] : 0));
      CHECK(batch.masked_labels[b * 5 + p] == (p < count ? example.masked_labels[p] : -1));
    }
    tokens += length;
    labels += count;
  }
  CHECK(batch.token_count == tokens);
  CHECK(batch.masked_count == labels);
  // Reusing a batch leaves nothing of the one before.
  PretrainingBatch reused = batch, fresh;
  data.fill(3, 7, reused);
  data.fill(3, 7, fresh);
  CHECK(same(reused, fresh));
}

TEST_CASE("the loader gives the batches in order, from any start, and stops when asked") {
  const auto store = counting_store(9, 35);
  const PretrainingData data(store, tokenizer(), {.sequence_length = 48});
  BatchLoader loader(data, 6, 0, 2), resumed(data, 6, 25, 3);
  for (std::uint64_t k = 0; k < 50; ++k) {
    PretrainingBatch expected;
    data.fill(k * 6, 6, expected);
    CHECK(loader.position() == k);
    CHECK(same(loader.next(), expected));
    if (k >= 25) CHECK(same(resumed.next(), expected));
  }
}

TEST_CASE("the loader allocates nothing once it runs: its batches stay where they are") {
  const PretrainingData data(counting_store(9, 35), tokenizer(), {.sequence_length = 48});
  BatchLoader loader(data, 4, 0, 2);
  std::set<const void*> places;
  for (int k = 0; k < 60; ++k) {
    const PretrainingBatch& batch = loader.next();
    places.insert(batch.ids.data());
    places.insert(batch.masked_labels.data());
  }
  CHECK(places.size() == 6);  // two arrays in each of depth + 1 batches
}

TEST_CASE("a subset of the documents sees no others") {
  const auto store = counting_store(10, 20);
  const PretrainingData data(store, tokenizer(), {.sequence_length = 64, .random_share = 0},
                             {DocumentChoice::Rule::Only, {2, 5, 7}});
  CHECK(data.document_count() == 3);
  CHECK(data.sentence_count() == 60);
  std::set<int> seen;
  for (std::uint64_t i = 0; i < data.epoch_size(0); ++i)
    for (const std::int32_t id : unmasked(data.example(i)))
      if (id >= 5) seen.insert(document_of(*store, id));
  CHECK(seen == std::set<int>{2, 5, 7});
}

TEST_CASE("all but some of the documents") {
  const auto store = counting_store(10, 20);
  const PretrainingData data(store, tokenizer(), {.sequence_length = 64, .random_share = 0},
                             {DocumentChoice::Rule::AllBut, {0, 2, 5, 9}});
  CHECK(data.document_count() == 6);
  std::set<int> seen;
  for (std::uint64_t i = 0; i < data.epoch_size(0); ++i)
    for (const std::int32_t id : unmasked(data.example(i)))
      if (id >= 5) seen.insert(document_of(*store, id));
  CHECK(seen == std::set<int>{1, 3, 4, 6, 7, 8});
}

TEST_CASE("the order of an epoch is a shuffle: every sequence once") {
  const auto store = counting_store(12, 40);
  const PretrainingData data(store, tokenizer(), {.sequence_length = 64, .short_fraction = 0, .seed = 5});
  std::map<std::int32_t, int> starts;
  for (std::uint64_t i = 0; i < data.epoch_size(0); ++i) {
    const PretrainingExample example = data.example(i);
    if (example.next_sentence_label == 1) continue;  // A and B from one document overlap nothing
    ++starts[unmasked(example)[1]];
  }
  for (const auto& [token, count] : starts) CHECK(count == 1);
}

TEST_CASE("whole words: all pieces of a word are masked or none") {
  std::vector<std::string> tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  while (static_cast<std::int32_t>(tokens.size()) < kVocabulary)
    tokens.push_back(fmt::format("{}w{}", tokens.size() % 3 == 0 ? "" : "##", tokens.size()));
  const Tokenizer pieces(tokens);
  const PretrainingData data(counting_store(12, 40), pieces, {.sequence_length = 64, .whole_words = true});
  std::int64_t masked = 0, length = 0;
  for (std::uint64_t i = 0; i < 500; ++i) {
    const PretrainingExample example = data.example(i);
    const std::vector<std::int32_t> ids = unmasked(example);
    std::set<std::int32_t> at(example.masked_positions.begin(), example.masked_positions.end());
    masked += static_cast<std::int64_t>(at.size());
    length += static_cast<std::int64_t>(ids.size());
    for (std::size_t k = 2; k + 1 < ids.size(); ++k) {
      const bool goes_on = ids[k] >= 5 && ids[k] % 3 != 0 && ids[k - 1] >= 5;
      if (goes_on) REQUIRE(at.contains(static_cast<std::int32_t>(k)) == at.contains(static_cast<std::int32_t>(k - 1)));
    }
    REQUIRE(at.size() <= 10);
  }
  CHECK(static_cast<double>(masked) > 0.12 * static_cast<double>(length));
}

TEST_CASE("without next sentences: [CLS] sentences [SEP], one segment, label -1") {
  const auto store = counting_store(1, 200);
  const PretrainingData data(store, tokenizer(), {.sequence_length = 64, .next_sentence = false});
  std::set<std::int32_t> seen;
  for (std::uint64_t i = 0; i < data.epoch_size(0) * 12; ++i) {
    const PretrainingExample example = data.example(i);
    const std::vector<std::int32_t> ids = unmasked(example);
    REQUIRE(example.next_sentence_label == -1);
    REQUIRE(ids.size() <= 64);
    REQUIRE(std::count(example.segments.begin(), example.segments.end(), 0) == static_cast<long>(ids.size()));
    REQUIRE(std::count(ids.begin(), ids.end(), tokenizer().sep_id()) == 1);
    REQUIRE(ids.back() == tokenizer().sep_id());
    for (std::size_t k = 2; k + 1 < ids.size(); ++k) REQUIRE(ids[k] == ids[k - 1] + 1);
    for (const std::int32_t position : example.masked_positions)
      REQUIRE((position > 0 && position < static_cast<std::int32_t>(ids.size()) - 1));
    seen.insert(ids.begin(), ids.end());
  }
  CHECK(static_cast<double>(seen.size()) > 0.97 * static_cast<double>(store->token_count()));
}

TEST_CASE("length bins: batches of one length, the same sequences for the same number, less padding") {
  const auto store = counting_store(40, 9);  // documents of about 90 tokens: many short sequences
  const PretrainingOptions plain{.sequence_length = 128, .short_fraction = 0.5, .seed = 9};
  PretrainingOptions binned = plain;
  binned.length_bins = 4;
  binned.batch = 4;
  const PretrainingData without(store, tokenizer(), plain), with(store, tokenizer(), binned);
  CHECK(with.bins() == std::vector<LengthBin>{{32, 5}, {64, 10}, {96, 15}, {128, 20}});
  CHECK(without.bins() == std::vector<LengthBin>{{128, 20}});
  CHECK(with.epoch_size(0) % 4 == 0);
  CHECK(with.epoch_size(0) + 4 > without.epoch_size(0));
  PretrainingBatch batch, again;
  std::set<std::int32_t> lengths;
  std::int64_t padded = 0, tokens = 0;
  for (std::uint64_t k = 0; k < 3 * with.epoch_size(0) / 4; ++k) {
    with.fill(4 * k, 4, batch);
    lengths.insert(batch.sequence_length);
    REQUIRE(*std::max_element(batch.lengths.begin(), batch.lengths.end()) <= batch.sequence_length);
    REQUIRE(batch.max_predictions == (batch.sequence_length * 15 + 99) / 100);
    REQUIRE(has_all_labels(batch));
    padded += 4 * batch.sequence_length;
    tokens += batch.token_count;
    PretrainingData(store, tokenizer(), binned).fill(4 * k, 4, again);
    REQUIRE(same(batch, again));
  }
  CHECK(lengths.size() == 4);
  std::int64_t plain_tokens = 0, plain_padded = 0;
  for (std::uint64_t i = 0; i < without.epoch_size(0); ++i, plain_padded += 128)
    plain_tokens += static_cast<std::int64_t>(without.example(i).ids.size());
  const double padding = 1 - static_cast<double>(tokens) / static_cast<double>(padded);
  const double plain_padding = 1 - static_cast<double>(plain_tokens) / static_cast<double>(plain_padded);
  CAPTURE(padding);
  CHECK(padding < 0.8 * plain_padding);
}

TEST_CASE("ranks take disjoint batches, together those of one") {
  const PretrainingData data(counting_store(9, 35), tokenizer(), {.sequence_length = 48});
  BatchLoader all(data, 3), one(data, 3, 0, 2, {.rank = 0, .count = 2}), other(data, 3, 0, 2, {.rank = 1, .count = 2});
  for (int k = 0; k < 20; ++k) {
    CHECK(same(all.next(), one.next()));
    CHECK(same(all.next(), other.next()));
  }
}

TEST_CASE("the shortest sequences, and the smallest corpus that works") {
  auto store = std::make_shared<TokenStore>(kVocabulary);
  store->add_document(std::vector<std::int32_t>{5, 6}, std::vector<std::uint32_t>{1, 1});
  store->add_document(std::vector<std::int32_t>{7}, std::vector<std::uint32_t>{1});
  const PretrainingData data(store, tokenizer(), {.sequence_length = 5});
  std::set<std::int32_t> labels;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const PretrainingExample example = data.example(i);
    CHECK(example.ids.size() == 5);
    CHECK(example.masked_positions.size() == 1);
    labels.insert(example.next_sentence_label);
  }
  CHECK(labels == std::set<std::int32_t>{0, 1});
}

TEST_CASE("a corpus that cannot be used says why") {
  const auto refused = [](const std::vector<std::uint32_t>& sentence_counts) {
    auto store = std::make_shared<TokenStore>(kVocabulary);
    for (const std::uint32_t count : sentence_counts)
      store->add_document(std::vector<std::int32_t>(count, 9), std::vector<std::uint32_t>(count, 1));
    return error_message(ErrorKind::Input, [&] { PretrainingData(store, tokenizer(), {}); });
  };
  CHECK(has(refused({1}), "1 document; next-sentence prediction needs at least two"));
  CHECK(has(refused({500}), "at least two"));
  CHECK(has(refused({}), "0 document"));
  CHECK(has(refused({1, 1, 1}), "none of the 3 documents has two sentences"));
}

TEST_CASE("options out of range") {
  const auto store = counting_store(3, 5);
  const auto refused = [&](PretrainingOptions options) {
    return error_message(ErrorKind::Usage, [&] { PretrainingData(store, tokenizer(), options); });
  };
  CHECK(has(refused({.sequence_length = 4}), "sequence_length must be 5"));
  CHECK(has(refused({.max_predictions = -1}), "max_predictions"));
  CHECK(has(refused({.sequence_length = 64, .length_bins = 9}), "length_bins must be 1 to 8"));
  CHECK(has(refused({.length_bins = 4}), "batch, which length_bins need"));
  CHECK(has(refused({.masked_fraction = std::nan("")}), "masked_fraction"));
  CHECK(has(refused({.mask_share = 0.8, .random_share = 0.3}), "mask_share + random_share"));
  const Tokenizer other({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"});
  CHECK(has(error_message(ErrorKind::Usage, [&] { PretrainingData(store, other, {}); }), "vocabulary of 20000, not 5"));
  CHECK(has(error_message(ErrorKind::Usage,
                          [&] {
                            PretrainingData(store, tokenizer(), {}, {DocumentChoice::Rule::Only, {0, 3}});
                          }),
            "document 3"));
  const PretrainingData data(store, tokenizer(), {});
  CHECK(has(error_message(ErrorKind::Usage, [&] { BatchLoader(data, 0); }), "batch_size"));
  CHECK(has(error_message(ErrorKind::Usage, [&] { BatchLoader(data, 1, 0, 4, {.rank = 2, .count = 2}); }), "rank"));
}
