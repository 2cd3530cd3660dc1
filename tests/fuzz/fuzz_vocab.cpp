// Any bytes as a vocab.txt: refused with an Error, or a vocabulary that encodes, and that written is read as the same.
#include "base/check.h"
#include "scoria/error.h"
#include "scoria/text/tokenizer.h"
#include "target.h"
#include "text/tokenizer_model.h"

using namespace scoria;

std::vector<std::string> seeds() {
  const std::string specials = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  return {specials,
          specials + "a\n##b\nab\n##\n,\n",
          "\xEF\xBB\xBF[MASK]\r\n[SEP]\r\n[CLS]\r\n[UNK]\r\n[PAD]\r\nx",
          specials + "\u4e2d\n##\u0301\n\U0001F600\ncaf\u00e9 \t\n",
          specials + "a\na\n",
          specials + "\n\n"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::vector<std::string> tokens = parse_vocab_txt(as_text(bytes, size));
  try {
    check_vocabulary(tokens, "vocab.txt");
    check_special_tokens(tokens, "vocab.txt");
  } catch (const Error& error) {
    SCORIA_CHECK(error.kind() == ErrorKind::Input, "bad bytes are bad input");
    return 0;
  }
  const Tokenizer tokenizer(std::move(tokens));
  const std::string written = tokenizer.vocab_txt();
  SCORIA_CHECK(Tokenizer(parse_vocab_txt(written)).vocab_txt() == written, "what is written is read");
  const Encoding encoding = tokenizer.encode(as_text(bytes, size));
  SCORIA_CHECK(encoding.ids.size() == encoding.offsets.size(), "an offset a token");
  (void)tokenizer.decode(encoding.ids);
  return 0;
}
