#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace scoria {

/// Memory for the intermediate values of programs that share their states, of which one runs at a time: a program takes
/// the blocks of an earlier one that still lives where they are large enough. Programs loaded largest first need no
/// more than the largest.
template <typename Block>
class SharedArena {
 public:
  /// Block number `index`, of at least `bytes`; make() allocates one of that size.
  template <typename Make>
  std::shared_ptr<Block> block(std::size_t index, std::uint64_t bytes, const Make& make) {
    if (blocks_.size() <= index) blocks_.resize(index + 1);
    std::shared_ptr<Block> block = blocks_[index].lock();
    if (!block || block->bytes() < bytes) blocks_[index] = block = make();
    return block;
  }

 private:
  std::vector<std::weak_ptr<Block>> blocks_;
};

}  // namespace scoria
