#include "text/word_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace scoria {
namespace {

constexpr std::size_t kFirstSlots = 1 << 12;

std::uint64_t read_up_to_8(const char* bytes, std::size_t size) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, std::min<std::size_t>(size, 8));
  return value;
}

/// Words are short: one multiplication for eight bytes. The top bits are the best mixed.
std::uint32_t hash_of(std::string_view word) {
  std::uint64_t hash = word.size();
  for (std::size_t at = 0; at < word.size(); at += 8) {
    hash = (hash ^ read_up_to_8(word.data() + at, word.size() - at)) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 32;
  }
  return static_cast<std::uint32_t>(hash * 0xD6E8FEB86659FD93u >> 32);
}

}  // namespace

void WordTable::clear() {
  slots_ = std::vector<Slot>(kFirstSlots);
  used_ = 0;
  blocks_.clear();
  block_used_ = kBlockBytes;
}

void WordTable::add(std::string_view word, std::int64_t count) {
  const std::uint32_t hash = hash_of(word);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].bytes; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.hash == hash && slot.size == word.size() && std::memcmp(slot.bytes, word.data(), word.size()) == 0) {
      slot.count += count;
      return;
    }
  }
  slots_[at] = {keep(word), static_cast<std::uint32_t>(word.size()), hash, count};
  if (++used_ * 2 > slots_.size()) grow();
}

void WordTable::grow() {
  std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (!slot.bytes) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].bytes) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

const char* WordTable::keep(std::string_view word) {
  if (block_used_ + word.size() > kBlockBytes) {
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
    block_used_ = 0;
  }
  char* place = blocks_.back().get() + block_used_;
  std::memcpy(place, word.data(), word.size());
  block_used_ += word.size();
  return place;
}

std::vector<CountedWord> WordTable::sorted() const {
  std::vector<CountedWord> words;
  words.reserve(used_);
  for (const Slot& slot : slots_)
    if (slot.bytes) words.push_back({{slot.bytes, slot.size}, slot.count});
  std::sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.bytes < b.bytes; });
  return words;
}

}  // namespace scoria
