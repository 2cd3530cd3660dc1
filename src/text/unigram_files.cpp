#include "text/unigram_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "scoria/error.h"
#include "text/tokenizer_model.h"
#include "text/unicode.h"
#include "text/unigram.h"
#include "text/unigram_scores.h"

namespace scoria {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr std::size_t kMaxTokens = std::size_t{1} << 22;
constexpr std::size_t kMaxTokenBytes = 1000;

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 80 ? text.substr(0, 77) + "..." : text;
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// One object of tokenizer.json, read key by key, with the way to it for messages.
class Part {
 public:
  Part(const fs::path& path, std::string name, const Json& json) : path_(path), name_(std::move(name)), json_(json) {}

  const Json& json() const { return json_; }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorKind::Input, fmt::format("{}: {}: {}", path_.string(), name_, what));
  }

  std::string type() const {
    if (!json_.is_object()) refuse(fmt::format("an object is expected, got {}", shown(json_)));
    return text("type");
  }
  const Json& at(const char* key) const {
    static const Json null;
    const auto found = json_.find(key);
    return found == json_.end() ? null : *found;
  }
  std::string text(const char* key) const {
    if (!at(key).is_string()) refuse(fmt::format("{} must be a string, got {}", key, shown(at(key))));
    return at(key).get<std::string>();
  }
  std::string character(const char* key) const {
    std::string value = text(key);
    if (count_characters(value) != 1) refuse(fmt::format("{} must be one character, got \"{}\"", key, value));
    return value;
  }
  bool flag(const char* key, bool fallback) const {
    if (at(key).is_null()) return fallback;
    if (!at(key).is_boolean()) refuse(fmt::format("{} must be true or false, got {}", key, shown(at(key))));
    return at(key).get<bool>();
  }
  std::size_t number(const char* key) const {
    constexpr std::uint64_t kMost = 1'000'000;
    if (!at(key).is_number_unsigned() || at(key).get<std::uint64_t>() > kMost)
      refuse(fmt::format("{} must be 0 to {}, got {}", key, kMost, shown(at(key))));
    return at(key).get<std::size_t>();
  }
  /// Calls visit for each part of a list.
  template <typename Visit>
  void each(const char* key, const Visit& visit) const {
    if (!at(key).is_array()) refuse(fmt::format("{} must be a list, got {}", key, shown(at(key))));
    std::size_t i = 0;
    for (const Json& one : at(key)) visit(Part(path_, fmt::format("{}.{}[{}]", name_, key, i++), one));
  }
  /// What is neither known nor null is refused: it may change ids.
  void expect_only(std::initializer_list<std::string_view> known) const {
    for (const auto& [key, value] : json_.items())
      if (!value.is_null() && std::ranges::find(known, key) == known.end())
        refuse(fmt::format("the key \"{}\" is not known ({})", key, shown(value)));
  }

 private:
  const fs::path& path_;
  std::string name_;
  const Json& json_;
};

/// Throws for what is not base64 with its padding.
std::string decode_base64(const Part& part, const std::string& text) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto digits = std::string_view(text).substr(0, text.find('='));
  const std::size_t padding = text.size() - digits.size();
  if (text.size() % 4 != 0 || padding > 2 || text.substr(digits.size()) != std::string(padding, '='))
    part.refuse("precompiled_charsmap is not base64");
  std::array<std::int8_t, 256> value_of{};
  value_of.fill(-1);
  for (std::size_t i = 0; i < kDigits.size(); ++i)
    value_of[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
  std::string out;
  std::uint32_t bits = 0, bit_count = 0;
  for (const char c : digits) {
    const std::int8_t value = value_of[static_cast<unsigned char>(c)];
    if (value < 0) part.refuse("precompiled_charsmap is not base64");
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    out += static_cast<char>(bits >> bit_count);
  }
  return out;
}

/// The least number of spaces in a run that the pattern stands for: " +", " {2,}".
std::optional<std::size_t> spaces_of(const std::string& regex) {
  if (regex == " +") return 1;
  if (regex.size() == 5 && regex.starts_with(" {") && regex.ends_with(",}") && regex[2] >= '1' && regex[2] <= '9')
    return static_cast<std::size_t>(regex[2] - '0');
  return {};
}

std::string string_pattern(const Part& part) {
  const Json& pattern = part.at("pattern");
  const bool is_string = pattern.is_object() && pattern.size() == 1 && pattern.contains("String") &&
                         pattern["String"].is_string() && !pattern["String"].get<std::string>().empty();
  if (!is_string) part.refuse(fmt::format("the pattern must be a string, got {}", shown(pattern)));
  return pattern["String"].get<std::string>();
}

std::unique_ptr<const NormalizerStep> read_replace(const Part& part) {
  part.expect_only({"type", "pattern", "content"});
  const Json& pattern = part.at("pattern");
  if (!pattern.is_object() || !pattern.contains("Regex") || !pattern["Regex"].is_string())
    return replace_step(string_pattern(part), part.text("content"));
  const auto least = spaces_of(pattern["Regex"].get<std::string>());
  if (!least)
    part.refuse(fmt::format("of regular expressions only \" {{2,}}\" and its kin can be read, got {}", shown(pattern)));
  return replace_spaces_step(*least, part.text("content"));
}

std::unique_ptr<const NormalizerStep> read_precompiled(const Part& part) {
  part.expect_only({"type", "precompiled_charsmap"});
  const std::string blob = decode_base64(part, part.text("precompiled_charsmap"));
  try {
    return precompiled_step(PrecompiledMap(blob));
  } catch (const Error& error) {
    part.refuse(error.what());
  }
}

void read_normalizer(const Part& part, NormalizerSteps& out) {
  const std::string type = part.type();
  if (type == "Sequence") {
    part.expect_only({"type", "normalizers"});
    return part.each("normalizers", [&](const Part& one) { read_normalizer(one, out); });
  }
  if (type == "Precompiled") return out.push_back(read_precompiled(part));
  if (type == "Replace") return out.push_back(read_replace(part));
  if (type == "Strip") {
    part.expect_only({"type", "strip_left", "strip_right"});
    return out.push_back(strip_step(part.flag("strip_left", false), part.flag("strip_right", false)));
  }
  if (type == "Prepend") {
    part.expect_only({"type", "prepend"});
    return out.push_back(prepend_step(part.text("prepend")));
  }
  part.expect_only({"type"});
  if (type == "NFC" || type == "NFD" || type == "NFKC" || type == "NFKD")
    return out.push_back(normal_form_step(type[2] == 'K', type.back() == 'C'));
  if (type == "Lowercase") return out.push_back(lowercase_step());
  if (type == "StripAccents") return out.push_back(strip_accents_step());
  if (type == "Nmt") return out.push_back(nmt_step());
  part.refuse(fmt::format("{} is not among the normalizers that a Unigram model is read with", shown(part.json())));
}

Metaspace read_metaspace(const Part& part) {
  // "str_rep" repeats the replacement, in files of early versions.
  part.expect_only({"type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"});
  Metaspace out;
  out.replacement = part.character("replacement");
  out.split = part.flag("split", true);
  const bool has_scheme = !part.at("prepend_scheme").is_null();
  const std::string scheme = has_scheme ? part.text("prepend_scheme") : "always";
  if (scheme != "always" && scheme != "first" && scheme != "never")
    part.refuse(fmt::format("prepend_scheme must be always, first or never, got \"{}\"", scheme));
  out.prepend = scheme == "always"  ? Metaspace::Prepend::Always
                : scheme == "first" ? Metaspace::Prepend::First
                                    : Metaspace::Prepend::Never;
  if (part.flag("add_prefix_space", true)) return out;
  if (has_scheme && scheme != "never")
    part.refuse(fmt::format("add_prefix_space is false, and prepend_scheme is \"{}\"; which is meant?", scheme));
  out.prepend = Metaspace::Prepend::Never;
  return out;
}

void read_pre_tokenizer(const Part& part, std::vector<PreTokenizerStep>& out) {
  const std::string type = part.type();
  if (type == "Sequence") {
    part.expect_only({"type", "pretokenizers"});
    return part.each("pretokenizers", [&](const Part& one) { read_pre_tokenizer(one, out); });
  }
  if (type == "Metaspace") return out.push_back({true, read_metaspace(part)});
  part.expect_only({"type"});
  if (type == "WhitespaceSplit") return out.push_back({});
  part.refuse(fmt::format("{} is not among the pre-tokenizers that a Unigram model is read with", shown(part.json())));
}

void read_decoder(const Part& part, std::vector<DecoderStep>& out) {
  const std::string type = part.type();
  if (type == "Sequence") {
    part.expect_only({"type", "decoders"});
    return part.each("decoders", [&](const Part& one) { read_decoder(one, out); });
  }
  DecoderStep step;
  if (type == "Metaspace") {
    step.kind = DecoderStep::Kind::Metaspace;
    step.metaspace = read_metaspace(part);
  } else if (type == "Strip") {
    part.expect_only({"type", "content", "start", "stop"});
    step.kind = DecoderStep::Kind::Strip;
    step.content = part.character("content");
    step.start = part.number("start");
    step.stop = part.number("stop");
  } else if (type == "Replace") {
    part.expect_only({"type", "pattern", "content"});
    step.kind = DecoderStep::Kind::Replace;
    step.pattern = string_pattern(part);
    step.content = part.text("content");
  } else {
    part.expect_only({"type"});
    if (type != "ByteFallback" && type != "Fuse")
      part.refuse(fmt::format("{} is not among the decoders that a Unigram model is read with", shown(part.json())));
    step.kind = type == "Fuse" ? DecoderStep::Kind::Fuse : DecoderStep::Kind::ByteFallback;
  }
  out.push_back(std::move(step));
}

void read_vocabulary(const Part& part, std::string_view json, UnigramParts& out) {
  const Json& vocab = part.at("vocab");
  if (!vocab.is_array() || vocab.empty()) part.refuse("vocab must be a list of tokens with their scores");
  if (vocab.size() > kMaxTokens) part.refuse(fmt::format("{} tokens; {} is the limit", vocab.size(), kMaxTokens));
  for (const Json& entry : vocab) {
    const std::size_t id = out.tokens.size();
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number())
      part.refuse(fmt::format("vocab[{}] must be [token, score], got {}", id, shown(entry)));
    out.tokens.push_back(entry[0].get<std::string>());
    if (out.tokens.back().size() > kMaxTokenBytes)
      part.refuse(fmt::format("vocab[{}] is a token of {} bytes; {} is the limit", id, out.tokens.back().size(),
                              kMaxTokenBytes));
  }
  out.scores = read_scores(json);
  if (out.scores.size() != out.tokens.size()) part.refuse("its entries cannot be read");
}

void read_model(const Part& part, std::string_view json, UnigramParts& out) {
  // Hugging Face's always joins unknown characters, whatever a file says of fuse_unk.
  part.expect_only({"type", "unk_id", "vocab", "byte_fallback", "fuse_unk"});
  read_vocabulary(part, json, out);
  out.bytes_fall_back = part.flag("byte_fallback", false);
  const Json& unknown = part.at("unk_id");
  if (unknown.is_null()) return;
  if (!unknown.is_number_unsigned() || unknown.get<std::uint64_t>() >= out.tokens.size())
    part.refuse(fmt::format("unk_id must be 0 to {}, got {}", out.tokens.size() - 1, shown(unknown)));
  out.unknown = unknown.get<std::int32_t>();
}

}  // namespace

std::unique_ptr<TokenModel> read_unigram(const fs::path& path, std::string_view text, const Json& tokenizer) {
  UnigramParts parts;
  const Part whole(path, "tokenizer", tokenizer);
  const auto part = [&](const char* key) { return Part(path, key, whole.at(key)); };
  read_model(part("model"), text, parts);
  const auto read = [&](const char* key, std::string& json, const auto& reader, auto& steps) {
    if (whole.at(key).is_null()) return;
    reader(part(key), steps);
    json = whole.at(key).dump();
  };
  read("normalizer", parts.normalizer_json, read_normalizer, parts.normalizer);
  read("pre_tokenizer", parts.pre_tokenizer_json, read_pre_tokenizer, parts.pre_tokenizer);
  read("decoder", parts.decoder_json, read_decoder, parts.decoder);
  return std::make_unique<UnigramModel>(std::move(parts));
}

}  // namespace scoria
