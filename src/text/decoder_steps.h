#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/pre_tokenizer_steps.h"

namespace scoria {

/// A decoder of Hugging Face's tokenizers: makes other tokens out of the tokens of a text.
struct DecoderStep {
  enum class Kind {
    Metaspace,     ///< the replacement becomes a space, and nothing at the start of the first token
    ByteFallback,  ///< runs of "<0x41>" become what their bytes are, or U+FFFD each
    Fuse,          ///< all tokens become one
    Strip,         ///< up to `start` and `stop` of `content` leave the ends of each token
    Replace,       ///< `content` for each `pattern`
  };
  Kind kind = Kind::Fuse;
  Metaspace metaspace = {};
  std::string pattern = {}, content = {};
  std::size_t start = 0, stop = 0;
};

/// The text; without a step the tokens are joined with spaces.
std::string decode_tokens(const std::vector<DecoderStep>& steps, const std::vector<std::string_view>& tokens);

}  // namespace scoria
