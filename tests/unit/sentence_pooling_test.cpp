#include "scoria/model/sentence_pooling.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "scoria/error.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

/// The folder of a sentence-transformers model, without weights.
struct Model {
  TemporaryFolder folder;

  void modules(const std::string& text) const { put_bytes(folder / "modules.json", text); }
  void pooling(const std::string& text) const {
    std::filesystem::create_directories(folder / "1_Pooling");
    put_bytes(folder / "1_Pooling" / "config.json", text);
  }
  std::string refusal() const {
    try {
      (void)load_sentence_pooling(folder.path());
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Input);
      return error.what();
    }
    return "";
  }
};

const std::string kTransformer =
    R"({"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"})";
const std::string kPooling =
    R"({"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"})";
const std::string kNormalize =
    R"({"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"})";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("sentence pooling: what sentence-transformers writes beside MiniLM") {
  const Model model;
  CHECK_FALSE(load_sentence_pooling(model.folder.path()));
  model.modules("[" + kTransformer + "," + kPooling + "," + kNormalize + "]");
  model.pooling(R"({"word_embedding_dimension": 384, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true,
                    "pooling_mode_max_tokens": false, "pooling_mode_mean_sqrt_len_tokens": false})");
  put_bytes(model.folder / "sentence_bert_config.json", R"({"max_seq_length": 256, "do_lower_case": false})");
  const auto pooling = load_sentence_pooling(model.folder.path());
  REQUIRE(pooling);
  CHECK(pooling->mode == SentencePooling::Mode::Mean);
  CHECK(pooling->normalize);
  CHECK(pooling->max_sequence_length == 256);
  model.pooling(R"({"pooling_mode": "cls"})");
  model.modules("[" + kTransformer + "," + kPooling + "]");
  CHECK(load_sentence_pooling(model.folder.path())->mode == SentencePooling::Mode::Cls);
  CHECK_FALSE(load_sentence_pooling(model.folder.path())->normalize);
}

TEST_CASE("sentence pooling: what is not computed, or leads out of the folder, is refused") {
  const Model model;
  model.modules(R"([{"type": "sentence_transformers.models.Dense", "path": "2_Dense"}])");
  CHECK(has(model.refusal(), "module \"Dense\" is not computed here"));
  model.modules(R"([{"type": "x.Pooling", "path": "../1_Pooling"}])");
  CHECK(has(model.refusal(), "the path \"../1_Pooling\" leaves the folder"));
  model.modules("{}");
  CHECK(has(model.refusal(), "expected a list of modules"));
  model.modules("[" + kPooling + "]");
  CHECK(has(model.refusal(), "No such file"));
  model.pooling(R"({"pooling_mode_max_tokens": true})");
  CHECK(has(model.refusal(), "pooling \"max_tokens\" is not computed here"));
  model.pooling(R"({"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true})");
  CHECK(has(model.refusal(), "two poolings at once, cls_token and mean_tokens"));
  model.pooling("[]");
  CHECK(has(model.refusal(), "no pooling is chosen"));
}

TEST_CASE("sentence pooling: weights and normalisation") {
  const std::vector<std::int32_t> lengths{3, 1};
  const Tensor mean = SentencePooling{}.weights(lengths, 4);
  CHECK(mean.shape() == Shape{2, 4});
  const float third = 1.0f / 3.0f;
  const std::vector<float> expected{third, third, third, 0, 1, 0, 0, 0};
  CHECK(std::equal(expected.begin(), expected.end(), mean.values<float>().begin()));
  const Tensor first = SentencePooling{.mode = SentencePooling::Mode::Cls}.weights(lengths, 4);
  CHECK(first.values<float>()[0] == 1.0f);
  CHECK(first.values<float>()[1] == 0.0f);
  std::vector<float> vectors{3, 4, 0, 0};
  SentencePooling{}.finish(vectors, 2);
  CHECK(vectors[0] == 3.0f);
  SentencePooling{.normalize = true}.finish(vectors, 2);
  CHECK(vectors[0] == doctest::Approx(0.6));
  CHECK(vectors[1] == doctest::Approx(0.8));
  CHECK(vectors[3] == 0.0f);
}
