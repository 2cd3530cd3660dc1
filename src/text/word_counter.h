#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "text/word_splitter.h"

namespace scoria {

/// How often each normalized word occurs.
class WordCounter {
 public:
  explicit WordCounter(const TextOptions& options) : splitter_(options) {}

  void add(std::string_view text);

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view word) const { return std::hash<std::string_view>()(word); }
  };
  using Counts = std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>>;
  const Counts& counts() const { return counts_; }

 private:
  WordSplitter splitter_;
  std::string folded_;
  Counts counts_;
};

}  // namespace scoria
