// A Unigram model of any bytes. Behind a first byte 'j' stands a tokenizer.json: refused with an Error of one line, or
// read, and then ids and spans are within their bounds, ids alone are the same ids, and what is written is read as the
// same model. Behind any other stand a charsmap and a text to
// normalize with it, whose size the byte tells.
#include "base/check.h"
#include "scoria/error.h"
#include "target.h"
#include "text/normalizer_steps.h"
#include "text/text_rewriter.h"
#include "text/tokenizer_json.h"
#include "text/unigram.h"
#include "text/unigram_json.h"

using namespace scoria;

namespace {

constexpr std::string_view kTexts[] = {"ab  a\u2122\x01\u00e9\u0301 \u4e2d <mask>", " \x01 x_y\xff\xed\xa0\x80",
                                       "\u0600\u0915\u094d\u0915\U0001f469\u200d\U0001f680"};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  return at == text.npos ? text : text.replace(at, from.size(), to);
}

void use(const TokenModel& model, std::string_view text) {
  std::vector<std::int32_t> ids, alone;
  std::vector<TokenSpan> spans;
  std::vector<NormalizedWord> words;
  model.append(text, 0, text.size(), ids, &spans);
  model.append(text, 0, text.size(), alone, nullptr);
  SCORIA_CHECK(ids == alone, "ids alone are the same");
  SCORIA_CHECK(ids.size() == spans.size(), "a span for each id");
  std::vector<std::string_view> tokens;
  for (const std::int32_t id : ids) tokens.push_back(model.tokens().at(static_cast<std::size_t>(id)));
  for (const TokenSpan& span : spans) SCORIA_CHECK(span.end <= text.size(), "spans lie in the text");
  const NormalizedText normalized = model.normalize(text, 0, text.size());
  SCORIA_CHECK(normalized.text.size() == normalized.sources.size(), "a source for each byte");
  alone.clear();
  model.append_normalized(normalized, 0, normalized.text.size(), alone, nullptr);
  SCORIA_CHECK(ids == alone, "in two halves the same");
  model.append_words(normalized, 0, normalized.text.size(), words);
  (void)model.decode(tokens, true);
}

void try_json(std::string_view text) {
  const TokenizerJson json = parse_tokenizer_json(text, "tokenizer.json");
  const auto* model = dynamic_cast<const UnigramModel*>(json.pieces.get());
  if (!model) return;
  const auto [normalizer, pre_tokenizer, decoder, pieces] = model->json_parts();
  const std::string written = "{\"normalizer\":" + normalizer + ",\"pre_tokenizer\":" + pre_tokenizer + ",\"decoder\":" +
                              decoder + ",\"model\":" + pieces + "}";
  const TokenizerJson again = parse_tokenizer_json(written, "tokenizer.json");
  SCORIA_CHECK(again.pieces && again.pieces->json_parts().model == pieces, "what is written is read");
  for (const std::string_view one : kTexts) use(*model, one);
  use(*model, text.substr(0, 200));
}

void try_map(std::string_view blob, std::string_view text) {
  const auto step = precompiled_step(PrecompiledMap(blob));
  NormalizedWord out, spare;
  for (const std::string_view one : {kTexts[0], kTexts[1], text}) {
    assign_raw(out, one, 0, one.size());
    step->apply(out, spare);
    SCORIA_CHECK(out.text.size() == out.sources.size(), "a source for each byte");
  }
}

}  // namespace

std::vector<std::string> seeds() {
  const std::string json = unigram_json();
  std::vector<std::string> out = {
      json,
      replaced(json, "\"byte_fallback\": false", "\"byte_fallback\": true"),
      replaced(json, "\"unk_id\": 3", "\"unk_id\": 300"),
      replaced(json, "\"unk_id\": 3", "\"unk_id\": null"),
      replaced(json, "-2.5", "1e999"),
      replaced(json, "-2.5", "NaN"),
      replaced(json, "-2.5", "-1e308"),
      replaced(json, "-2.5", "123456789012345678901234567890e-40"),
      replaced(json, "{\"Regex\": \" {2,}\"}", "{\"String\": \"ab\"}"),
      replaced(json, "\"always\"", "\"first\""),
      replaced(json, "{\"type\": \"Metaspace\"", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"WhitespaceSplit\"}]}"),
      R"({"model": {"type": "Unigram", "vocab": [], "unk_id": 0}})",
      R"({"model": {"type": "Unigram", "vocab": [["", 0], ["a", 0], ["a", -1], [" ", 1]], "unk_id": 0}})",
      R"({"model": {"type": "Unigram", "vocab": [["u", 0]], "unk_id": 0}, "normalizer": {"type": "NFKC"},
          "decoder": {"type": "Strip", "content": "u", "start": 3, "stop": 3}})",
      R"({"model": {"type": "Unigram", "vocab": [["u", 0]], "unk_id": 0}, "normalizer": {"type": "Sequence", "normalizers": [
          {"type": "Nmt"}, {"type": "Strip", "strip_left": true, "strip_right": true}, {"type": "Prepend", "prepend": "x"},
          {"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "NFC"}, {"type": "NFKD"}]},
          "pre_tokenizer": {"type": "WhitespaceSplit"}, "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"},
          {"type": "Replace", "pattern": {"String": "u"}, "content": ""}, {"type": "Fuse"}]}})"};
  for (std::string& one : out) one.insert(0, 1, 'j');
  const std::string map = small_charsmap({{"\u2122", "TM"}, {"\x01", ""}, {"e\u0301", "\u00e9"}});
  const auto sized = [](const std::string& blob, std::string_view text) {
    return std::string(1, static_cast<char>(26 + text.size())) + blob + std::string(text);
  };
  out.push_back(sized(map, "\u2122\x01" "e\u0301"));
  out.push_back(sized(std::string("\x04\0\0\0\0\0\0\0", 8), "a"));
  out.push_back(sized(map.substr(0, 600), "ab"));
  return out;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input = as_text(bytes, size), rest = input.substr(1);
  try {
    if (input[0] == 'j') {
      try_json(rest);
    } else {
      const std::size_t text_size = std::min<std::size_t>(static_cast<unsigned char>(input[0]) % 26, rest.size());
      try_map(rest.substr(0, rest.size() - text_size), rest.substr(rest.size() - text_size));
    }
  } catch (const Error& error) {
    SCORIA_CHECK(error.kind() == ErrorKind::Input, "bad bytes are bad input");
    SCORIA_CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos, "a message is one line");
  }
  return 0;
}
