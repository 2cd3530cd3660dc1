// Any bytes as a tokenizer.json: refused with an Error of one line, or read, and then what is written from it is read
// as the same tokenizer.
#include "base/check.h"
#include "scoria/error.h"
#include "scoria/text/tokenizer.h"
#include "target.h"
#include "text/tokenizer_model.h"

using namespace scoria;

namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  return at == text.npos ? text : text.replace(at, from.size(), to);
}

}  // namespace

std::vector<std::string> seeds() {
  const Tokenizer tokenizer({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##\u00e9", "\"", "\\"});
  const std::string json = tokenizer.tokenizer_json();
  return {json,
          replaced(json, "\"strip_accents\": null", "\"strip_accents\": true"),
          replaced(json, "\"decoder\": {\"type\": \"WordPiece\", \"prefix\": \"##\", \"cleanup\": true}",
                   "\"decoder\": null"),
          replaced(json, "\"lowercase\": true", "\"lowercase\": 1"),
          replaced(json, "\"a\": 5", "\"a\": -5"),
          R"({"a": 1e999})",
          R"({"model": {"type": "BPE"}})",
          R"({"a": {"a": [[[{}]]]}, "a": 1})"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  TokenizerFiles files;
  try {
    parse_tokenizer_json("tokenizer.json", std::string(as_text(bytes, size)), true, files);
    const Tokenizer tokenizer(files.tokens, files.options);
    const std::string written = tokenizer.tokenizer_json();
    TokenizerFiles again;
    parse_tokenizer_json("tokenizer.json", written, true, again);
    again.options.keep_special_tokens = files.options.keep_special_tokens;  // written files always keep them
    SCORIA_CHECK(Tokenizer(again.tokens, again.options).tokenizer_json() == written, "what is written is read");
    (void)tokenizer.encode(as_text(bytes, size));
  } catch (const Error& error) {
    SCORIA_CHECK(error.kind() == ErrorKind::Input, "bad bytes are bad input");
    SCORIA_CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos, "a message is one line");
  }
  return 0;
}
