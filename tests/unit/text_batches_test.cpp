#include "tasks/text_batches.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

using namespace scoria;

TEST_CASE("rounded lengths are few, multiples of 16, and waste less than half") {
  std::set<std::int64_t> lengths;
  for (std::int64_t n = 1; n <= 512; ++n) {
    const std::int64_t length = rounded_length(n, 512);
    REQUIRE(length >= n);
    REQUIRE(length % 16 == 0);
    if (n > 16) REQUIRE(length < 2 * n);
    lengths.insert(length);
  }
  CHECK(lengths == std::set<std::int64_t>{16, 32, 48, 64, 96, 128, 192, 256, 384, 512});
  CHECK(rounded_length(40, 40) == 40);
  CHECK(rounded_length(3, 8) == 8);
}

TEST_CASE("rounded tokens are few and waste less than an eighth") {
  std::set<std::int64_t> sizes;
  for (std::int64_t n = 1; n <= 4096; ++n) {
    const std::int64_t tokens = rounded_tokens(n);
    REQUIRE(tokens >= n);
    REQUIRE(tokens - n < std::max<std::int64_t>(16, n / 8 + 1));
    REQUIRE(rounded_tokens(tokens) == tokens);
    sizes.insert(tokens);
  }
  CHECK(sizes.size() == 8 + 8 * 5);  // multiples of 16 up to 128, then eight an octave
}

TEST_CASE("room for a few texts, a quarter of a batch or a whole one") {
  CHECK(rounded_batch(32, 32) == 32);
  CHECK(rounded_batch(9, 32) == 32);
  CHECK(rounded_batch(8, 32) == 8);
  CHECK(rounded_batch(2, 32) == 8);
  CHECK(rounded_batch(1, 32) == 1);
  CHECK(rounded_batch(1, 1) == 1);
  CHECK(rounded_batch(2, 3) == 3);
}

TEST_CASE("texts are dealt out to batches of one shape, every text once") {
  std::vector<Encoding> texts;
  for (const std::size_t n : {5u, 300u, 17u, 16u, 1u, 300u, 40u, 41u, 9u}) texts.emplace_back().ids.resize(n);
  const TextBatches batches(texts, 4, 512);
  REQUIRE(batches.batches().size() == 3);
  std::multiset<std::size_t> seen;
  for (const TextBatch& batch : batches.batches()) {
    CHECK(batch.batch == 4);
    CHECK(batch.length == 384);
    CHECK(batch.tokens == 352);  // 300 + 40 + 9, rounded up
    std::int64_t tokens = 0;
    for (const std::size_t text : batch.texts) {
      seen.insert(text);
      tokens += static_cast<std::int64_t>(texts[text].ids.size());
    }
    CHECK(static_cast<std::int64_t>(batch.texts.size()) <= batch.batch);
    CHECK(tokens <= batch.tokens);
  }
  CHECK(seen == std::multiset<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(batches.batches()[0].texts == std::vector<std::size_t>{1, 6, 8});
  CHECK(TextBatches({}, 4, 512).batches().empty());
}
