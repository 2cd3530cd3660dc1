#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace scoria {

struct CountedWord {
  std::string_view bytes;
  std::int64_t count;
};

/// Counts of words: open addressing, the words themselves in blocks of bytes. Beside a std::unordered_map of strings
/// it takes a third of the time and of the memory.
class WordTable {
 public:
  WordTable() { clear(); }

  /// `word` has at most kBlockBytes.
  void add(std::string_view word, std::int64_t count);
  /// Sorted by bytes; valid until the next add() or clear().
  std::vector<CountedWord> sorted() const;
  std::size_t memory_bytes() const { return slots_.size() * sizeof(Slot) + blocks_.size() * kBlockBytes; }
  void clear();

 private:
  struct Slot {
    const char* bytes = nullptr;  // nullptr: free
    std::uint32_t size = 0;
    std::uint32_t hash = 0;
    std::int64_t count = 0;
  };
  static constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

  void grow();
  const char* keep(std::string_view word);

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = 0;
};

}  // namespace scoria
