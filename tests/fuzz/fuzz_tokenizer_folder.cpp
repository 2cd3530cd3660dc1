// Any bytes as the files of a tokenizer's folder: refused with an Error of one line, or read, and then what is saved is
// read as the same tokenizer. A byte of 0x1E ends a file; they come in the order of kFiles, and an empty one is not there.
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "scoria/error.h"
#include "scoria/text/tokenizer.h"
#include "support/temporary_folder.h"
#include "target.h"

using namespace scoria;
using Json = nlohmann::json;

namespace {

constexpr std::array kFiles = {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
                               "added_tokens.json", "vocab.txt", "config.json"};

std::string files(const std::string& tokenizer, const std::string& config, const std::string& names = "",
                  const std::string& added = "", const std::string& vocabulary = "", const std::string& model = "") {
  std::string out;
  for (const std::string& file : {tokenizer, config, names, added, vocabulary, model}) out += file + "\x1e";
  return out;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  return at == text.npos ? text : text.replace(at, from.size(), to);
}

/// Each key of tokenizer_config.json, with a value that passes.
std::string every_key() {
  return R"({"tokenizer_class": "BertTokenizerFast", "do_lower_case": true, "strip_accents": null,
  "tokenize_chinese_chars": true, "model_max_length": 1e30, "max_len": 5, "model_input_names": ["input_ids"],
  "split_special_tokens": true, "bos_token": "<s>", "eos_token": null, "unk_token": "[UNK]",
  "sep_token": {"__type": "AddedToken", "content": "[SEP]", "lstrip": true, "normalized": false},
  "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]", "image_token": "<i>",
  "added_tokens_decoder": {"4": {"content": "[MASK]", "special": true, "rstrip": true}, "9": {"content": "X1"}},
  "additional_special_tokens": ["<a>"], "extra_special_tokens": {"b": "<b>"}, "model_specific_special_tokens": {},
  "auto_map": null, "do_basic_tokenize": true, "never_split": [], "word_tokenizer_type": "basic",
  "subword_tokenizer_type": "wordpiece", "truncation_side": "right", "padding_side": "right", "unheard_of": {}})";
}

}  // namespace

std::vector<std::string> seeds() {
  const Tokenizer tokenizer({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##\u00e9", "\"", "\\"});
  const std::string json = tokenizer.tokenizer_json(), vocabulary = tokenizer.vocab_txt();
  const std::string added = R"(  "added_tokens": [{"id": 9, "content": "A b", "single_word": true, "lstrip": true,
    "rstrip": true, "normalized": true, "special": false},)";
  const std::string roberta = R"("post_processor": {"type": "RobertaProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
  "padding": null, "x")";
  return {files(json, ""),
          files(json, tokenizer.tokenizer_config_json(), tokenizer.special_tokens_map_json(), "", vocabulary),
          files("", every_key(), "", "", vocabulary),
          files(json, R"({"tokenizer_class": "PreTrainedTokenizerFast"})"),
          files(replaced(json, "  \"added_tokens\": [", added), ""),
          files(replaced(json, "\"post_processor\"", roberta), ""),
          files(replaced(json, "\"BertNormalizer\"", "\"Lowercase\""), ""),
          files(replaced(json, "{\"type\": \"BertPreTokenizer\"}",
                         R"({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Punctuation"}]})"),
                ""),
          files(replaced(json, "\"strip_accents\": null", "\"strip_accents\": true"), ""),
          files(replaced(json, "\"a\": 5", "\"a\": 90"), ""),
          files(replaced(json, "\"a\": 5", "\"a\": -5"), ""),
          files("", "", R"({"cls_token": "a", "additional_special_tokens": ["[D]"]})", R"({"E1": 9, "[D]": 10})", vocabulary),
          files("", R"({"tokenizer_class": "BertJapaneseTokenizer"})", "", "", vocabulary),
          files("", "", "", "", vocabulary + "\n\u2028\na\n", R"({"model_type": "bert", "tokenizer_class": null})"),
          files(R"({"a": 1e999})", ""),
          files(R"({"model": {"type": "BPE"}})", "")};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const TemporaryFolder folder, again;
  std::string_view rest = as_text(bytes, size);
  for (const char* name : kFiles) {
    const std::size_t end = std::min(rest.find('\x1e'), rest.size());
    if (end == 0)
      std::filesystem::remove(folder / name);
    else
      put_bytes(folder / name, std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  try {
    const Tokenizer tokenizer = Tokenizer::load(folder.path());
    const Encoding encoding = tokenizer.encode_pair(as_text(bytes, size), "a A b[D] \u00e9");
    SCORIA_CHECK(encoding.ids.size() == encoding.offsets.size(), "an offset a token");
    (void)tokenizer.decode(encoding.ids);
    tokenizer.save(again.path());
    const Tokenizer read = Tokenizer::load(again.path());
    SCORIA_CHECK(read.tokenizer_json() == tokenizer.tokenizer_json(), "what is written is read");
    SCORIA_CHECK(read.encode_pair(as_text(bytes, size), "a A b[D] \u00e9") == encoding, "and does the same");
  } catch (const Error& error) {
    SCORIA_CHECK(error.kind() == ErrorKind::Input, "bad bytes are bad input");
    SCORIA_CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos, "a message is one line");
  }
  return 0;
}
