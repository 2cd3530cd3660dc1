// Any bytes as config.json: refused with an Error of one line, or a configuration that is written and read again as it
// was. Of the seeds each has one key more than a model needs, of every key that the table of them knows.
#include "base/check.h"
#include "io/model_keys.h"
#include "scoria/error.h"
#include "scoria/log.h"
#include "scoria/model/bert.h"
#include "target.h"

using namespace scoria;
using Json = nlohmann::json;

std::vector<std::string> seeds() {
  const Json needed = {{"vocab_size", 100},        {"hidden_size", 64},       {"num_hidden_layers", 2},
                       {"num_attention_heads", 4}, {"intermediate_size", 96}, {"model_type", "bert"}};
  const Json values = {
      {"architectures", {"BertForMaskedLM"}},
      {"hidden_act", "quick_gelu"},
      {"id2label", {{"0", 0}, {"1", "b"}}},
      {"label2id", {{"a", "0"}, {"b", 1}}},
      {"problem_type", "multi_label_classification"},
      {"dtype", "bfloat16"},
      {"torch_dtype", "float16"},
      {"tie_word_embeddings", false},
      {"sentence_transformers", {{"activation_fn", "torch.nn.modules.activation.Tanh"}, {"version", "4"}}},
      {"sbert_ce_default_activation_function", "torch.nn.modules.linear.Identity"}};
  std::vector<std::string> list;
  for (const ModelKey& key : model_keys()) {
    if (key.file != ModelFile::Config && key.file != ModelFile::GenerationConfig) continue;
    const std::string name(key.key);
    Json fields = needed;
    if (values.contains(name))
      fields[name] = values[name];
    else if (!key.harmless.empty())
      fields[name] = Json::parse(key.harmless)[0];
    else if (!fields.contains(name))
      fields[name] = 1;
    list.push_back(fields.dump());
  }
  return list;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto is_line = [](std::string_view text) { return text.find('\n') == std::string_view::npos; };
  set_log_sink([&](LogLevel, std::string_view line) { SCORIA_CHECK(is_line(line), "one line"); });
  try {
    const BertConfig config = BertConfig::from_json(as_text(bytes, size), "config.json");
    (void)config.score_function();
    (void)config.activation();
    const std::string text = config.to_json();
    SCORIA_CHECK(BertConfig::from_json(text, "again").to_json() == text, "what is written comes back");
  } catch (const Error& error) {
    SCORIA_CHECK(error.kind() == ErrorKind::Input, "bad bytes are bad input");
    SCORIA_CHECK(is_line(error.what()), "one line");
  }
  set_log_sink({});
  return 0;
}
