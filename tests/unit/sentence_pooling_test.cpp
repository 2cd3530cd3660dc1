#include "scoria/model/sentence_pooling.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace scoria;
using Mode = SentencePooling::Mode;

namespace {

// Of a text of 3 tokens and one of 1, in rows of 4.
std::vector<float> weights_of(std::vector<Mode> modes, std::int64_t prompt_tokens = 0) {
  const std::vector<std::int32_t> lengths{3, 1};
  const auto rows = static_cast<std::int64_t>(std::ranges::count_if(modes, [](Mode m) { return m != Mode::Max; }));
  const Tensor weights = SentencePooling{.modes = std::move(modes)}.weights(lengths, 4, prompt_tokens);
  CHECK(weights.shape() == Shape{2, rows, 4});
  const std::span<const float> values = weights.values<float>();
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("sentence pooling: the weights of tokens") {
  const float third = 1.0f / 3.0f, root = 1.0f / std::sqrt(3.0f);
  using Row = std::vector<float>;
  CHECK(weights_of({Mode::Cls}) == Row{1, 0, 0, 0, 1, 0, 0, 0});
  CHECK(weights_of({Mode::Mean}) == Row{third, third, third, 0, 1, 0, 0, 0});
  CHECK(weights_of({Mode::MeanSqrtLength}) == Row{root, root, root, 0, 1, 0, 0, 0});
  CHECK(weights_of({Mode::WeightedMean}) == Row{1.0f / 6, 1.0f / 3, 0.5f, 0, 1, 0, 0, 0});
  CHECK(weights_of({Mode::LastToken}) == Row{0, 0, 1, 0, 1, 0, 0, 0});
  // A row a pooling, in their order; max is no sum.
  CHECK(weights_of({Mode::LastToken, Mode::Max, Mode::Cls}) == Row{0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0});
  CHECK(weights_of({Mode::Max}).empty());
}

TEST_CASE("sentence pooling: without the tokens of a prompt") {
  using Row = std::vector<float>;
  CHECK(weights_of({Mode::Cls}, 1) == Row{0, 1, 0, 0, 1, 0, 0, 0});
  CHECK(weights_of({Mode::Mean}, 1) == Row{0, 0.5f, 0.5f, 0, 0, 0, 0, 0});
  CHECK(weights_of({Mode::WeightedMean}, 1) == Row{0, 0.4f, 0.6f, 0, 0, 0, 0, 0});
  CHECK(weights_of({Mode::LastToken}, 2) == Row{0, 0, 1, 0, 0, 0, 0, 0});
}

TEST_CASE("sentence pooling: names are sentence-transformers'") {
  for (const Mode mode : {Mode::Cls, Mode::Max, Mode::Mean, Mode::MeanSqrtLength, Mode::WeightedMean, Mode::LastToken})
    CHECK(pooling_mode(name_of(mode)) == mode);
  CHECK(name_of(Mode::MeanSqrtLength) == "mean_sqrt_len_tokens");
  CHECK_FALSE(pooling_mode("mean_tokens"));
}
