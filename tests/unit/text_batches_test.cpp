#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "tasks/text_batches.h"

using namespace scoria;

TEST_CASE("padded lengths are few, multiples of 16, and waste less than half") {
  std::set<std::int64_t> lengths;
  for (std::int64_t n = 1; n <= 512; ++n) {
    const std::int64_t length = padded_length(n, 512);
    REQUIRE(length >= n);
    REQUIRE(length % 16 == 0);
    if (n > 16) REQUIRE(length < 2 * n);
    lengths.insert(length);
  }
  CHECK(lengths == std::set<std::int64_t>{16, 32, 48, 64, 96, 128, 192, 256, 384, 512});
  CHECK(padded_length(40, 40) == 40);
  CHECK(padded_length(3, 8) == 8);
}

TEST_CASE("what is left of a batch runs in one that it half fills") {
  CHECK(batch_size(100, 32) == 32);
  CHECK(batch_size(17, 32) == 32);
  CHECK(batch_size(16, 32) == 8);
  CHECK(batch_size(2, 32) == 8);
  CHECK(batch_size(1, 32) == 1);
  CHECK(batch_size(1, 1) == 1);
  CHECK(batch_size(1, 2) == 1);
}

TEST_CASE("the largest shape runs first, and every text once") {
  std::vector<Encoding> texts;
  for (const std::size_t n : {5u, 300u, 17u, 16u, 1u, 300u}) texts.emplace_back().ids.resize(n);
  const TextBatches batches(texts, 4, 512);
  std::vector<std::size_t> order;
  for (const TextBatch& batch : batches.batches()) {
    CHECK(batch.length <= batches.batches()[0].length);
    for (const std::size_t text : batch.texts) {
      order.push_back(text);
      CHECK(static_cast<std::int64_t>(texts[text].ids.size()) <= batch.length);
    }
  }
  CHECK(order == std::vector<std::size_t>{1, 5, 2, 3, 0, 4});
  CHECK(batches.batches()[0].length == 384);
  CHECK(TextBatches({}, 4, 512).batches().empty());
}
