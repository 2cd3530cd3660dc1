#include "backend/cpu/host_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "base/bytes_text.h"
#include "scoria/error.h"

namespace scoria {
namespace {

// Huge pages: with 4 KiB pages a pass over a 100 MB arena misses the TLB on every page.
constexpr std::uint64_t kAlignment = 2ull << 20;
constexpr std::uint64_t kSmallAlignment = 4096;

}  // namespace

void HostMemory::Free::operator()(std::byte* data) const { std::free(data); }

HostMemory::HostMemory(std::uint64_t bytes, const char* purpose) : size_(bytes) {
  if (bytes == 0) return;
  const std::uint64_t alignment = bytes >= kAlignment ? kAlignment : kSmallAlignment;
  const std::uint64_t rounded = (bytes + alignment - 1) / alignment * alignment;
  data_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, rounded)));
  if (!data_) {
    throw Error(ErrorKind::Memory, fmt::format("cannot allocate {} of host memory for {}; use a smaller batch or "
                                               "sequence length, or free memory",
                                               bytes_text(bytes), purpose));
  }
  if (alignment == kAlignment) madvise(data_.get(), rounded, MADV_HUGEPAGE);
  std::memset(data_.get(), 0, rounded);
}

}  // namespace scoria
