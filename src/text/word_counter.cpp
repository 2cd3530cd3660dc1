#include "text/word_counter.h"

namespace scoria {

void WordCounter::add(std::string_view text) {
  splitter_.start(text, 0, text.size());
  WordSplitter::Word word;
  while (splitter_.next(word)) {
    if (word.bytes.size() > kMaxWordBytes) continue;
    if (word.sources) {
      table_.add(word.bytes, 1);
      continue;
    }
    folded_.resize(word.bytes.size());
    for (std::size_t i = 0; i < folded_.size(); ++i)
      folded_[i] = static_cast<char>(splitter_.fold()[static_cast<unsigned char>(word.bytes[i])]);
    table_.add(folded_, 1);
  }
}

}  // namespace scoria
