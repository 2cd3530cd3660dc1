#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "base/half.h"
#include "scoria/error.h"
#include "scoria/model/bert.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

BertConfig small_config() {
  BertConfig config;
  config.vocab_size = 50;
  config.hidden_size = 24;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 2;
  config.intermediate_size = 40;
  config.max_position_embeddings = 16;
  return config;
}

std::vector<float> numbered(const ParameterLayout& layout) {
  std::vector<float> arena(layout.element_count(), 0.0f);
  float next = 1.0f;
  for (const PlacedParameter& parameter : layout.parameters()) {
    for (std::int64_t i = 0; i < parameter.element_count(); ++i) arena[parameter.offset + i] = next += 1.0f;
  }
  return arena;
}

// The items of a file, with names changed.
std::vector<SafetensorsItem> renamed(std::vector<SafetensorsItem> items,
                                     const std::function<std::string(std::string)>& rename) {
  for (SafetensorsItem& item : items) item.name = rename(item.name);
  return items;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  if (const std::size_t at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

}  // namespace

TEST_CASE("layout: every tensor aligned, none overlapping, gaps counted") {
  const ParameterLayout layout(bert_parameters(small_config()));
  std::int64_t end = 0;
  for (const PlacedParameter& parameter : layout.parameters()) {
    CHECK(parameter.offset % ParameterLayout::kAlignment == 0);
    CHECK(parameter.offset >= end);
    CHECK(parameter.offset - end < ParameterLayout::kAlignment);
    end = parameter.offset + parameter.element_count();
  }
  CHECK(layout.element_count() % ParameterLayout::kAlignment == 0);
  CHECK(layout.element_count() >= end);
  CHECK_THROWS_WITH_AS(layout.find("bert.nothing"), doctest::Contains("no parameter \"bert.nothing\""), Error);
}

TEST_CASE("layout: biases and LayerNorm do not decay, embeddings do") {
  const ParameterLayout layout(bert_parameters(small_config()));
  const Tensor blocks = layout.decay_blocks();
  for (const PlacedParameter& parameter : layout.parameters()) {
    CAPTURE(parameter.name);
    const bool spared = parameter.name.find("LayerNorm") != std::string::npos || parameter.name.ends_with("bias");
    for (std::int64_t i = 0; i < parameter.element_count(); ++i) {
      CHECK(blocks.values<std::uint32_t>()[(parameter.offset + i) / 64] == (spared ? 0u : 1u));
    }
  }
  CHECK(layout.find("bert.embeddings.position_embeddings.weight").decays);
}

TEST_CASE("stored names are Hugging Face's, each once, the decoder not among them") {
  std::set<std::string> names;
  for (const ParameterSpec& spec : bert_parameters(small_config())) {
    for (const std::string& name : spec.stored_names) CHECK(names.insert(name).second);
  }
  CHECK(names.size() == 5 + 2 * 16 + 2 + 4 + 1 + 2);
  for (const char* name :
       {"bert.embeddings.word_embeddings.weight", "bert.encoder.layer.1.attention.self.key.bias",
        "bert.encoder.layer.0.attention.output.LayerNorm.weight", "bert.encoder.layer.1.intermediate.dense.weight",
        "bert.pooler.dense.bias", "cls.predictions.bias", "cls.predictions.transform.LayerNorm.bias",
        "cls.seq_relationship.weight"}) {
    CAPTURE(name);
    CHECK(names.contains(name));
  }
  CHECK_FALSE(names.contains("cls.predictions.decoder.weight"));
}

TEST_CASE("initial values: normal of the given spread, [PAD] zero, LayerNorm one, gaps zero, a function of the seed") {
  BertConfig config = small_config();
  config.vocab_size = 2000;
  config.pad_token_id = 3;
  const ParameterLayout layout(bert_parameters(config));
  const Tensor arena = layout.initial_values(7, 0.02f);
  const auto values = arena.values<float>();
  const PlacedParameter& words = layout.find("bert.embeddings.word_embeddings.weight");
  double sum = 0, squares = 0, largest = 0;
  for (std::int64_t i = 0; i < words.element_count(); ++i) {
    const double value = values[words.offset + i];
    if (i / 24 == 3) CHECK(value == 0.0);
    sum += value;
    squares += value * value;
    largest = std::max(largest, std::abs(value));
  }
  const double n = static_cast<double>(words.element_count());
  CHECK(std::abs(sum / n) < 4 * 0.02 / std::sqrt(n));
  CHECK(std::sqrt(squares / n) == doctest::Approx(0.02).epsilon(0.02));
  CHECK(largest > 3.5 * 0.02);  // not truncated
  const PlacedParameter& gamma = layout.find("bert.embeddings.LayerNorm.weight");
  CHECK(values[gamma.offset] == 1.0f);
  CHECK(values[gamma.offset + 24] == 0.0f);  // the gap after 24 elements
  CHECK(values[layout.find("cls.predictions.bias").offset] == 0.0f);
  CHECK(std::ranges::equal(values, layout.initial_values(7, 0.02f).values<float>()));
  CHECK_FALSE(std::ranges::equal(values, layout.initial_values(8, 0.02f).values<float>()));
}

TEST_CASE("files: an arena comes back from its file, query, key and value apart") {
  const TemporaryFolder folder;
  const ParameterLayout layout(bert_parameters(small_config()));
  const std::vector<float> arena = numbered(layout);
  write_safetensors(folder / "m", parameter_items(layout, arena));
  const SafetensorsFile file(folder / "m");
  const PlacedParameter& qkv = layout.find("bert.encoder.layer.1.attention.self.qkv.weight");
  const Tensor key = file.read("bert.encoder.layer.1.attention.self.key.weight");
  CHECK(key.shape() == Shape{24, 24});
  CHECK(key.values<float>()[0] == arena[qkv.offset + 24 * 24]);
  std::vector<float> read(arena.size(), 0.0f);
  const ParameterReport report = load_parameters(file, layout, read);
  CHECK(report.to_string() == "");
  CHECK(read == arena);
}

TEST_CASE("files: what older files name otherwise is found, what is missing or odd is listed") {
  const TemporaryFolder folder;
  const ParameterLayout layout(bert_parameters(small_config()));
  const std::vector<float> arena = numbered(layout);
  const std::vector<SafetensorsItem> items = parameter_items(layout, arena);
  std::vector<float> read(arena.size());
  const auto report_of = [&](const std::vector<SafetensorsItem>& stored) {
    write_safetensors(folder / "m", stored);
    std::fill(read.begin(), read.end(), 0.0f);
    return load_parameters(SafetensorsFile(folder / "m"), layout, read);
  };

  SUBCASE("gamma and beta, no leading bert.") {
    const auto old_names = renamed(items, [](std::string name) {
      return replaced(
          replaced(replaced(name, "LayerNorm.weight", "LayerNorm.gamma"), "LayerNorm.bias", "LayerNorm.beta"), "bert.",
          "");
    });
    CHECK(report_of(old_names).to_string() == "");
    CHECK(read == arena);
  }
  SUBCASE("the decoder and the positions are no surprise; the tied bias may stand with the decoder") {
    std::vector<SafetensorsItem> stored = renamed(
        items, [](std::string name) { return replaced(name, "cls.predictions.bias", "cls.predictions.decoder.bias"); });
    const Tensor positions = Tensor(DType::i32, {1, 16});
    stored.push_back({"cls.predictions.decoder.weight", stored[0].desc, stored[0].bytes});
    stored.push_back({"bert.embeddings.position_ids", positions.desc(), positions.bytes()});
    CHECK(report_of(stored).to_string() == "");
    CHECK(read == arena);
  }
  SUBCASE("an encoder alone lacks the heads, and says so") {
    std::vector<SafetensorsItem> stored;
    std::copy_if(items.begin(), items.end(), std::back_inserter(stored),
                 [](const SafetensorsItem& item) { return item.name.starts_with("bert."); });
    const ParameterReport report = report_of(stored);
    CHECK(report.missing.size() == 7);
    CHECK_FALSE(report.complete());
    CHECK(report.to_string().starts_with("7 missing: cls.predictions.transform.dense.weight, "));
  }
  SUBCASE("another shape is not read, another tensor is listed") {
    std::vector<SafetensorsItem> stored = items;
    const Tensor wrong(DType::f32, {3, 24}), extra(DType::f32, {1});
    for (SafetensorsItem& item : stored) {
      if (item.name == "bert.embeddings.token_type_embeddings.weight") item = {item.name, wrong.desc(), wrong.bytes()};
    }
    stored.push_back({"classifier.weight", extra.desc(), extra.bytes()});
    const ParameterReport report = report_of(stored);
    CHECK(report.unexpected == std::vector<std::string>{"classifier.weight"});
    CHECK(report.reshaped ==
          std::vector<std::string>{
              "bert.embeddings.token_type_embeddings.weight: [3, 24] in the file, expected [2, 24]"});
  }
  SUBCASE("16-bit floats are converted") {
    std::vector<Tensor> halves;
    std::vector<SafetensorsItem> stored;
    for (const SafetensorsItem& item : items) {
      Tensor half(halves.size() % 2 ? DType::f16 : DType::bf16, item.desc.shape);
      const auto* values = reinterpret_cast<const float*>(item.bytes.data());
      for (std::size_t i = 0; i < half.values<std::uint16_t>().size(); ++i) {
        half.values<std::uint16_t>()[i] =
            half.dtype() == DType::f16 ? f16_from_float(values[i] / 65536) : bf16_from_float(values[i]);
      }
      halves.push_back(std::move(half));
    }
    for (std::size_t i = 0; i < items.size(); ++i)
      stored.push_back({items[i].name, halves[i].desc(), halves[i].bytes()});
    CHECK(report_of(stored).complete());
    const PlacedParameter& words = layout.find("bert.embeddings.word_embeddings.weight");
    CHECK(read[words.offset + 5] == float_from_bf16(bf16_from_float(arena[words.offset + 5])));
  }
}
