#include "scoria/inspect/inspection.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "scoria/error.h"
#include "scoria/inspect/comparison.h"
#include "scoria/session.h"
#include "support/small_inspection.h"
#include "support/test_device.h"

using namespace scoria;
using test::SmallBert;

namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

Tensor list(const std::vector<std::int32_t>& values) {
  return Tensor::from({static_cast<std::int64_t>(values.size())}, std::span<const std::int32_t>(values));
}

/// The model as predict runs it: its own head, all rows, one graph.
Tensor whole_model_logits(const BertModel& model, const TokenFlow& tokens) {
  const std::int64_t S = tokens.size();
  const BertBatchShape shape{.batch = 1, .sequence_length = S, .predictions = S};
  Graph graph;
  const ParameterArena arena(graph, model.layout);
  const BertForward forward = bert_forward(graph, model.config, model.head, shape, arena, false);
  graph.output("logits", forward.mlm_logits);
  Session session(Device::open("reference"), graph);
  std::vector<std::int32_t> rows(at(S));
  std::iota(rows.begin(), rows.end(), 0);
  session.write("parameters", model.weights);
  session.write("input_ids", list(tokens.ids));
  session.write("segments", list(tokens.segments));
  session.write("lengths", list({static_cast<std::int32_t>(S)}));
  session.write("head_rows", list(rows));
  session.step();
  return session.read("logits");
}

std::string refusal(const SmallBert& bert, const InspectionOptions& options) {
  try {
    (void)inspect(bert.model, bert.tokenizer, test::cpu_test_device(), options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("inspection: shapes, and figures against what they are made of") {
  const SmallBert bert;
  const Inspection seen = bert.inspect("The river banks", "unable .");
  const std::int64_t L = 3, A = 3, S = 10, H = 24;
  CHECK(seen.tokens.pieces ==
        std::vector<std::string>{"[CLS]", "the", "river", "bank", "##s", "[SEP]", "un", "##able", ".", "[SEP]"});
  CHECK(seen.hidden.shape() == Shape{L + 1, S, H});
  CHECK(seen.attention.shape() == Shape{L, A, S, S});
  const auto attention = seen.attention.values<float>(), hidden = seen.hidden.values<float>();
  for (std::int64_t map = 0; map < L * A; ++map) {
    double entropy = 0;
    for (std::int64_t row = 0; row < S; ++row) {
      double sum = 0;
      for (std::int64_t column = 0; column < S; ++column) {
        const double p = attention[at((map * S + row) * S + column)];
        sum += p;
        entropy -= p > 0 ? p * std::log2(p) / static_cast<double>(S) : 0;
      }
      CHECK(sum == doctest::Approx(1).epsilon(1e-6));
    }
    CHECK(seen.entropy.values<float>()[at(map)] == doctest::Approx(entropy).epsilon(1e-6));
    CHECK(entropy > 0.1);
    CHECK(entropy < std::log2(10.0));
  }
  for (std::int64_t i = 0; i < (L + 1) * S; ++i) {
    double own = 0, first = 0, both = 0;
    for (std::int64_t h = 0; h < H; ++h) {
      const double x = hidden[at(i * H + h)], y = hidden[at(i % S * H + h)];
      own += x * x;
      first += y * y;
      both += x * y;
    }
    CHECK(seen.norms.values<float>()[at(i)] == doctest::Approx(std::sqrt(own)).epsilon(1e-6));
    CHECK(seen.similarity.values<float>()[at(i)] == doctest::Approx(both / std::sqrt(own * first)).epsilon(1e-5));
  }
  CHECK(seen.similarity.values<float>()[at(L * S)] < 0.999f);
}

TEST_CASE("inspection: the lens of the last layer is what the model predicts") {
  const SmallBert bert;
  const Inspection seen = bert.inspect("the bank is unable");
  const Tensor logits = whole_model_logits(bert.model, seen.tokens);
  const std::int64_t S = seen.tokens.size(), V = 40;
  for (std::int64_t s = 0; s < S; ++s) {
    const auto row = logits.values<float>().subspan(at(s * V), at(V));
    double sum = 0;
    for (const float logit : row) sum += std::exp(static_cast<double>(logit));
    const auto top = seen.predicted(seen.layers(), s);
    REQUIRE(top.size() == 4);
    for (std::size_t rank = 0; rank < top.size(); ++rank) {
      CHECK(top[rank].probability ==
            doctest::Approx(std::exp(static_cast<double>(row[at(top[rank].id)])) / sum).epsilon(1e-4));
      if (rank > 0) CHECK(top[rank].probability <= top[rank - 1].probability);
    }
    for (const float logit : row) CHECK(logit <= row[at(top[0].id)] + 1e-4f);
  }
  // Other layers say other things, and ids beyond the vocabulary have no name.
  bool differs = false;
  for (const TokenPrediction& prediction : seen.predictions) {
    if (prediction.id >= bert.tokenizer.size()) CHECK(prediction.token == fmt::format("[{}]", prediction.id));
  }
  for (std::int64_t s = 0; s < S; ++s) differs |= seen.predicted(0, s)[0].id != seen.predicted(3, s)[0].id;
  CHECK(differs);
  CHECK_THROWS_AS((void)seen.predicted(4, 0), Error);
}

TEST_CASE("inspection: the same on every device") {
  const SmallBert bert;
  const Inspection cpu = bert.inspect("the river is a bank");
  const auto compare_with = [&](const Device& device) {
    const Inspection other = inspect(bert.model, bert.tokenizer, device, {.text = "the river is a bank"});
    for (std::size_t i = 0; i < cpu.hidden.values<float>().size(); ++i)
      REQUIRE(other.hidden.values<float>()[i] == doctest::Approx(cpu.hidden.values<float>()[i]).epsilon(1e-4));
    CHECK(other.predicted(3, 2)[0].id == cpu.predicted(3, 2)[0].id);
  };
  compare_with(Device::open("reference"));
  if (const Device* device = test::vulkan_test_device())
    compare_with(*device);
  else
    MESSAGE("no Vulkan device: " << test::vulkan_test_device_refusal());
}

TEST_CASE("inspection: bytes of the raw text, and what is beyond the positions") {
  const SmallBert bert;
  const std::string raw = "The  B\xc3\xa1nks";
  const Inspection seen = bert.inspect(raw);
  CHECK(seen.tokens.texts[0].normalized == "the banks");
  CHECK(raw.substr(seen.tokens.bytes[2].begin, seen.tokens.bytes[2].end - seen.tokens.bytes[2].begin) == "B\xc3\xa1nk");
  CHECK(seen.tokens.cut == 0);
  std::string text;
  for (int i = 0; i < 25; ++i) text += "the ";
  const Inspection cut = bert.inspect(text);
  CHECK(cut.tokens.size() == 20);
  CHECK(cut.tokens.cut == 7);
  CHECK(cut.tokens.pieces.back() == "[SEP]");
  CHECK(bert.inspect("").tokens.pieces == std::vector<std::string>{"[CLS]", "[SEP]"});
}

TEST_CASE("inspection: a model without an MLM head has no predictions") {
  for (const BertHead head : {BertHead::Encoder, BertHead::Pooler, BertHead::TokenClassification}) {
    const Inspection seen = SmallBert(head).inspect("the bank");
    CHECK(seen.predictions.empty());
    CHECK(seen.hidden.shape() == Shape{4, 4, 24});
  }
  CHECK_FALSE(SmallBert(BertHead::Pretraining).inspect("the bank").predictions.empty());
}

TEST_CASE("inspection: what cannot be is refused in one line") {
  SmallBert bert;
  CHECK(refusal(bert, {.text = "the", .top_k = 0}) == "0 predictions a place; ask for at least 1");
  bert.model.weights.values<float>()[at(bert.model.layout.parameters()[0].offset) + 2 * 24] =
      std::numeric_limits<float>::quiet_NaN();
  CHECK(refusal(bert, {.text = "the"}) == "the model's hidden states are not finite; its weights are damaged");
  SmallBert one_segment;
  one_segment.model.config.type_vocab_size = 1;
  CHECK(refusal(one_segment, {.text = "the", .text_b = "bank"}) ==
        "a pair of texts, but the model has one segment; give one text");
  const SmallBert many(BertHead::MaskedLm, 1, 1, [] {
    std::vector<std::string> words;
    for (int i = 0; i < 50; ++i) words.push_back(fmt::format("w{}", i));
    return words;
  }());
  CHECK(refusal(many, {.text = "the"}) ==
        "the vocabulary has 55 tokens, the model 40; take the model's own vocabulary");
}

TEST_CASE("comparison: a model and itself, and two that differ") {
  const SmallBert bert, other(BertHead::MaskedLm, 2);
  const Inspection a = bert.inspect("the river is a bank"), b = other.inspect("the river is a bank");
  const InspectionComparison same = compare(a, a);
  CHECK(same.same_pieces);
  REQUIRE(same.cosine);
  REQUIRE(same.attention_difference);
  for (const float x : same.cosine->values<float>()) CHECK(x == doctest::Approx(1));
  for (const float x : same.attention_difference->values<float>()) CHECK(x == 0);
  const InspectionComparison two = compare(a, b);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(same.cka.values<float>()[i * 5] == doctest::Approx(1));
    CHECK(two.cka.values<float>()[i * 5] < 0.99f);
    CHECK(two.cka.values<float>()[i * 5] > 0);
  }
  for (const float x : two.attention_difference->values<float>()) {
    CHECK(x > 0.01f);
    CHECK(x < 1);
  }
  CHECK_THROWS_AS(compare(a, bert.inspect("the river")), Error);
}

TEST_CASE("comparison: other pieces, other depths") {
  const SmallBert bert, deeper(BertHead::Pooler, 3, 4, {"the", "riv", "##er", "ban", "##k", "##s", "."});
  const Inspection a = bert.inspect("The river banks"), b = deeper.inspect("The river banks");
  const InspectionComparison compared = compare(a, b);
  // [CLS] the river bank ##s [SEP] and [CLS] the riv ##er ban ##k ##s [SEP].
  CHECK(compared.aligned ==
        std::vector<AlignedTokens>{{0, 1, 0, 1}, {1, 2, 1, 2}, {2, 3, 2, 4}, {3, 4, 4, 6}, {4, 5, 6, 7}, {5, 6, 7, 8}});
  CHECK_FALSE(compared.same_pieces);
  CHECK_FALSE(compared.cosine);
  CHECK_FALSE(compared.attention_difference);
  CHECK(compared.cka.shape() == Shape{4, 5});
  // One cut at its positions: the rest of the other's text belongs to no stretch, [SEP] still to [SEP].
  std::string text;
  for (int i = 0; i < 18; ++i) text += i == 17 ? "banks" : "the ";
  const InspectionComparison cut = compare(bert.inspect(text), deeper.inspect(text));
  CHECK(cut.aligned.back() == AlignedTokens{19, 20, 19, 20});
  const InspectionComparison empty = compare(bert.inspect(""), deeper.inspect(""));
  CHECK(empty.aligned == std::vector<AlignedTokens>{{0, 1, 0, 1}, {1, 2, 1, 2}});
}
