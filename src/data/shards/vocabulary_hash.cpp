#include "data/shards/vocabulary_hash.h"

#include <fmt/core.h>
#include <xxhash.h>

#include "scoria/error.h"

namespace scoria {

std::uint64_t vocabulary_hash(const Tokenizer& tokenizer) {
  std::string text = tokenizer.vocab_txt() + tokenizer.tokenizer_config_json();
  // Of a plain vocab.txt that says it all; other files have more in them.
  if (tokenizer.model_name() != "WordPiece" || tokenizer.added_tokens().size() > 5) text += tokenizer.tokenizer_json();
  return XXH3_64bits(text.data(), text.size());
}

void check_vocabulary(const ShardHead& head, const Tokenizer& tokenizer, const std::filesystem::path& folder) {
  if (head.vocabulary_size == static_cast<std::uint32_t>(tokenizer.size()) &&
      head.vocabulary_hash == vocabulary_hash(tokenizer))
    return;
  throw Error(ErrorKind::Input,
              fmt::format("{}: made with another vocabulary of {} tokens, or another casing, than the {} tokens given; "
                          "use the vocab.txt in that folder, or make it anew with prepare",
                          folder.string(), head.vocabulary_size, tokenizer.size()));
}

}  // namespace scoria
