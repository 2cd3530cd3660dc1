#include "support/hostile_files.h"

#include <doctest/doctest.h>

#include "scoria/error.h"
#include "scoria/io/named_tensors.h"
#include "support/temporary_folder.h"

namespace scoria {
namespace {

bool is_readable(const std::string& dtype) {
  return dtype == "F32" || dtype == "F16" || dtype == "BF16" || dtype == "I32" || dtype == "U32";
}

}  // namespace

std::string weights_refusal(const std::filesystem::path& path) {
  try {
    const std::unique_ptr<NamedTensors> file = open_named_tensors(path);
    for (const StoredTensor& stored : file->list()) {
      if (is_readable(stored.dtype)) (void)file->read(stored.name);
    }
  } catch (const Error& error) {
    const std::string message = error.what();
    CAPTURE(message);
    CHECK(error.kind() == ErrorKind::Input);
    CHECK(message.find('\n') == std::string::npos);
    CHECK(message.find(path.parent_path().string()) != std::string::npos);
    return message;
  }
  return "";
}

int count_refused_truncations(const std::filesystem::path& path, const std::string& whole) {
  int refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    put_bytes(path, whole.substr(0, size));
    refused += weights_refusal(path).empty() ? 0 : 1;
  }
  return refused;
}

int count_refused_flips(const std::filesystem::path& path, const std::string& whole, std::size_t first,
                        std::size_t last) {
  int refused = 0;
  for (std::size_t bit = 8 * first; bit < 8 * last; ++bit) {
    CAPTURE(bit);
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    put_bytes(path, flipped);
    refused += weights_refusal(path).empty() ? 0 : 1;
  }
  return refused;
}

}  // namespace scoria
