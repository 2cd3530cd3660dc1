#include "io/mapped_file.h"

#include <sys/mman.h>

#include <cerrno>

#include "io/file.h"

namespace scoria {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const File file = File::open(path);
  const std::uint64_t size = file.size();
  if (size == 0) return;  // nothing to map
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  if (start == MAP_FAILED) throw_io_error("read", path, errno);
  bytes_ = {static_cast<const std::byte*>(start), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace scoria
