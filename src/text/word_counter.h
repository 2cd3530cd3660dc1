#pragma once

#include <string>
#include <string_view>

#include "text/word_splitter.h"
#include "text/word_table.h"

namespace scoria {

/// A longer word could give a token, with its "##", that check_vocabulary refuses.
inline constexpr std::size_t kMaxWordBytes = 998;

/// How often each normalized word occurs.
class WordCounter {
 public:
  explicit WordCounter(const TextOptions& options) : splitter_(options) {}

  /// Words of more than kMaxWordBytes are left out.
  void add(std::string_view text);
  WordTable& table() { return table_; }

 private:
  WordSplitter splitter_;
  std::string folded_;
  WordTable table_;
};

}  // namespace scoria
