#include "io/model_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "io/config_keys.h"
#include "io/sentence_keys.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Json = nlohmann::json;
using enum ModelFile;
using enum KeyRule;

constexpr ModelKey kTokenizerKeys[] = {

    {Tokenizer, "version", Inert},
    {Tokenizer, "truncation", Inert},  // whoever encodes says how; transformers turns it off too
    {Tokenizer, "padding", Inert},
    {Tokenizer, "added_tokens", Honoured},
    {Tokenizer, "normalizer", Honoured},
    {Tokenizer, "pre_tokenizer", Honoured},
    {Tokenizer, "post_processor", Honoured},
    {Tokenizer, "decoder", Honoured},
    {Tokenizer, "model", Honoured},

    {TokenizerConfig, "tokenizer_class", Honoured},
    {TokenizerConfig, "do_lower_case", Honoured},
    {TokenizerConfig, "strip_accents", Honoured},
    {TokenizerConfig, "tokenize_chinese_chars", Honoured},
    {TokenizerConfig, "model_max_length", Honoured},
    {TokenizerConfig, "max_len", Honoured},  // its name before
    {TokenizerConfig, "model_input_names", Honoured},
    {TokenizerConfig, "split_special_tokens", Honoured},
    {TokenizerConfig, "bos_token", Honoured},
    {TokenizerConfig, "eos_token", Honoured},
    {TokenizerConfig, "unk_token", Honoured},
    {TokenizerConfig, "sep_token", Honoured},
    {TokenizerConfig, "pad_token", Honoured},
    {TokenizerConfig, "cls_token", Honoured},
    {TokenizerConfig, "mask_token", Honoured},
    {TokenizerConfig, "added_tokens_decoder", Honoured},
    {TokenizerConfig, "additional_special_tokens", Honoured},
    {TokenizerConfig, "extra_special_tokens", Honoured},
    {TokenizerConfig, "model_specific_special_tokens", Honoured},
    {TokenizerConfig, "auto_map", Refused, "[]",
     "Python code that cuts words; take a model with a BertTokenizer"},
    {TokenizerConfig, "do_basic_tokenize", Refused, "[true]",
     "words are always cut at spaces and punctuation here; take it out if the model was trained with fast tokenizers"},
    {TokenizerConfig, "never_split", Refused, "[[]]",
     "not kept whole here; give them as added tokens, or take it out if the model was trained with fast tokenizers"},
    {TokenizerConfig, "word_tokenizer_type", Refused, R"(["basic"])", "words are cut by BERT's rules alone here"},
    {TokenizerConfig, "subword_tokenizer_type", Refused, R"(["wordpiece"])", "only WordPiece is read here"},
    {TokenizerConfig, "do_word_tokenize", Refused, "[true]", "words are always cut here"},
    {TokenizerConfig, "do_subword_tokenize", Refused, "[true]", "words are always cut into pieces here"},
    {TokenizerConfig, "truncation_side", Refused, R"(["right"])",
     "texts are cut at their end here; cut them yourself and set it to \"right\""},
    {TokenizerConfig, "padding_side", Refused, R"(["right"])",
     "texts are padded at their end here, which gives other positions; set it to \"right\" if the model was trained so"},
    {TokenizerConfig, "add_bos_token", Refused, "[false]", "what stands around a text is [CLS] and [SEP] here"},
    {TokenizerConfig, "add_eos_token", Refused, "[false]", "what stands around a text is [CLS] and [SEP] here"},
    {TokenizerConfig, "add_special_tokens", Refused, "[true]", "[CLS] and [SEP] are always put around a text here"},
    // Of an encoding that its caller asks for, of padding that is masked, of decoding, of chats, or of where files lay.
    {TokenizerConfig, "max_length", Inert},
    {TokenizerConfig, "stride", Inert},
    {TokenizerConfig, "truncation", Inert},
    {TokenizerConfig, "truncation_strategy", Inert},
    {TokenizerConfig, "padding", Inert},
    {TokenizerConfig, "pad_to_max_length", Inert},
    {TokenizerConfig, "pad_to_multiple_of", Inert},
    {TokenizerConfig, "pad_token_type_id", Inert},
    {TokenizerConfig, "pad_token_segment_id", Inert},
    {TokenizerConfig, "cls_token_segment_id", Inert},
    {TokenizerConfig, "sequence_a_segment_id", Inert},
    {TokenizerConfig, "mask_padding_with_zero", Inert},
    {TokenizerConfig, "clean_up_tokenization_spaces", Inert},
    {TokenizerConfig, "chat_template", Inert},
    {TokenizerConfig, "chat_control_tokens", Inert},
    {TokenizerConfig, "response_template", Inert},
    {TokenizerConfig, "response_schema", Inert},
    {TokenizerConfig, "backend", Inert},
    {TokenizerConfig, "files_loaded", Inert},
    {TokenizerConfig, "is_local", Inert},
    {TokenizerConfig, "local_files_only", Inert},
    {TokenizerConfig, "is_fast", Inert},
    {TokenizerConfig, "use_fast", Inert},
    {TokenizerConfig, "legacy", Inert},
    {TokenizerConfig, "name_or_path", Inert},
    {TokenizerConfig, "special_tokens_map_file", Inert},
    {TokenizerConfig, "tokenizer_file", Inert},
    {TokenizerConfig, "vocab_file", Inert},
    {TokenizerConfig, "full_tokenizer_file", Inert},
    {TokenizerConfig, "init_inputs", Inert},
    {TokenizerConfig, "from_slow", Inert},
    {TokenizerConfig, "slow_tokenizer_class", Inert},
    {TokenizerConfig, "processor_class", Inert},
    {TokenizerConfig, "trust_remote_code", Inert},
    {TokenizerConfig, "use_auth_token", Inert},
    {TokenizerConfig, "device_map", Inert},
    {TokenizerConfig, "return_tensors", Inert},
    {TokenizerConfig, "return_token_type_ids", Inert},
    {TokenizerConfig, "model_type", Inert},
    {TokenizerConfig, "transformers_version", Inert},
    {TokenizerConfig, "verbose", Inert},
    {TokenizerConfig, "mecab_kwargs", Inert},  // of BertJapaneseTokenizer, which is refused
    {TokenizerConfig, "sudachi_kwargs", Inert},
    {TokenizerConfig, "jumanpp_kwargs", Inert},

    {SpecialTokensMap, "bos_token", Honoured},
    {SpecialTokensMap, "eos_token", Honoured},
    {SpecialTokensMap, "unk_token", Honoured},
    {SpecialTokensMap, "sep_token", Honoured},
    {SpecialTokensMap, "pad_token", Honoured},
    {SpecialTokensMap, "cls_token", Honoured},
    {SpecialTokensMap, "mask_token", Honoured},
    {SpecialTokensMap, "additional_special_tokens", Honoured},
    {SpecialTokensMap, "extra_special_tokens", Honoured},
};

std::vector<ModelKey> all_keys() {
  std::vector<ModelKey> keys;
  const auto add = [&](std::span<const ModelKey> rows) { std::ranges::copy(rows, std::back_inserter(keys)); };
  add(kConfigKeys);
  add(kInertConfigKeys);
  add(kGenerationKeys);
  add(kTokenizerKeys);
  add(kSentenceKeys);
  return keys;
}

const ModelKey* find_key(ModelFile file, std::string_view key) {
  const std::span<const ModelKey> keys = model_keys();
  const auto is_it = [&](const ModelKey& row) { return row.file == file && row.key == key; };
  const auto found = std::ranges::find_if(keys, is_it);
  if (found != keys.end()) return &*found;
  // Before there was a file for them, they stood in config.json.
  return file == Config ? find_key(GenerationConfig, key) : nullptr;
}

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 80 ? text.substr(0, 77) + "..." : text;
}

void refuse_unless_harmless(const ModelKey& known, const Json& value, const std::string& where) {
  const Json harmless = known.harmless.empty() ? Json::array() : Json::parse(known.harmless);
  if (value.is_null() || std::ranges::find(harmless, value) != harmless.end()) return;
  throw Error(ErrorKind::Input,
              fmt::format("{}: \"{}\" is {}: {}", where, known.key, shown(value), known.advice));
}

void tell_once(const std::string& where, const std::string& key) {
  static std::mutex mutex;
  static std::set<std::pair<std::string, std::string>> told;
  const std::lock_guard lock(mutex);
  if (!told.emplace(where, key).second) return;
  log(LogLevel::Warning,
      fmt::format("{}: {} is not known here and was passed over; see that it changes nothing", where, shown(key)));
}

}  // namespace

std::span<const ModelKey> model_keys() {
  static const std::vector<ModelKey> keys = all_keys();
  return keys;
}

void check_model_keys(ModelFile file, const Json& fields, const std::filesystem::path& path) {
  if (!fields.is_object()) return;
  for (const auto& [key, value] : fields.items()) {
    const ModelKey* known = find_key(file, key);
    if (!known)
      tell_once(path.string(), key);
    else if (known->rule == Refused)
      refuse_unless_harmless(*known, value, path.string());
  }
}

}  // namespace scoria
