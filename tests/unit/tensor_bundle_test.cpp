#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "io/crc32c.h"
#include "scoria/error.h"
#include "scoria/io/named_tensors.h"
#include "support/hostile_files.h"
#include "support/recorded_files.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::uint32_t checksum(std::string_view bytes) { return crc32c(std::as_bytes(std::span(bytes))); }

constexpr std::size_t kDataBlockBytes = 0x80;

/// The recorded index with one of its bytes changed, and its block's checksum made right again.
std::string changed_index(std::size_t at, char value) {
  std::string index = recorded::bytes(recorded::kBundleIndex);
  index[at] = value;
  const std::uint32_t sum = masked_crc32c(checksum(std::string_view(index).substr(0, kDataBlockBytes + 1)));
  index.replace(kDataBlockBytes + 1, 4, reinterpret_cast<const char*>(&sum), 4);
  return index;
}

struct Checkpoint {
  TemporaryFolder folder;
  std::filesystem::path index = folder / "model.ckpt.index", data = folder / "model.ckpt.data-00000-of-00001";

  Checkpoint() {
    put_bytes(index, recorded::bytes(recorded::kBundleIndex));
    put_bytes(data, recorded::bytes(recorded::kBundleData));
  }
};

}  // namespace

TEST_CASE("crc32c: the published values") {
  CHECK(checksum("") == 0);
  CHECK(checksum("123456789") == 0xE3069283);
  CHECK(checksum(std::string(32, '\0')) == 0x8A9136AA);
  CHECK(checksum(std::string(32, '\xff')) == 0x62A8AB43);
  const std::string text = "The quick brown fox jumps over the lazy dog";
  CHECK(crc32c(std::as_bytes(std::span(text).subspan(11)), checksum(text.substr(0, 11))) == checksum(text));
}

TEST_CASE("TensorFlow checkpoints: one that TensorFlow wrote is read, by folder, index or prefix") {
  const Checkpoint checkpoint;
  for (const auto& path : {checkpoint.folder.path(), checkpoint.index, checkpoint.folder / "model.ckpt"}) {
    CAPTURE(path.string());
    const auto file = open_named_tensors(path);
    REQUIRE(file->list().size() == 4);
    CHECK(file->list()[0].name == "a/dense/bias");
    const Tensor kernel = file->read("a/dense/kernel");
    CHECK(kernel.shape() == Shape{2, 3});
    CHECK(kernel.values<float>()[5] == 5.0f);
    CHECK(file->read("half").values<std::uint16_t>()[1] == 0xC000);
  }
  put_bytes(checkpoint.folder / "other.index", "");
  CHECK(has(weights_refusal(checkpoint.folder.path()), "several checkpoints"));
}

TEST_CASE("TensorFlow checkpoints: cut short anywhere or with any bit flipped they are refused") {
  const Checkpoint checkpoint;
  const std::string index = recorded::bytes(recorded::kBundleIndex), data = recorded::bytes(recorded::kBundleData);
  CHECK(count_refused_truncations(checkpoint.index, index) == static_cast<int>(index.size()));
  // The footer's padding and the place of the statistics, which TensorFlow leaves empty, say nothing.
  const int refused = count_refused_flips(checkpoint.index, index, 0, index.size());
  CHECK(refused > static_cast<int>(8 * index.size()) * 3 / 4);
  CHECK(count_refused_flips(checkpoint.index, index, 0, kDataBlockBytes + 5) == 8 * (kDataBlockBytes + 5));
  put_bytes(checkpoint.index, index);
  for (std::size_t byte = 0; byte < data.size(); ++byte) {
    std::string flipped = data;
    flipped[byte] = static_cast<char>(flipped[byte] ^ 1);
    put_bytes(checkpoint.data, flipped);
    const bool in_counter = byte >= 0x24 && byte < 0x2C;  // i64, which is not read
    CHECK(has(weights_refusal(checkpoint.index), "does not have its checksum") == !in_counter);
  }
  put_bytes(checkpoint.data, data.substr(0, 40));
  CHECK(has(weights_refusal(checkpoint.index), "\"global_step\" is 8 bytes at byte 36 of a data file of 40"));
}

TEST_CASE("TensorFlow checkpoints: what an index with right checksums may still say wrongly is refused") {
  const Checkpoint checkpoint;
  const auto refusal = [&](std::size_t at, char value) {
    put_bytes(checkpoint.index, changed_index(at, value));
    return weights_refusal(checkpoint.index);
  };
  CHECK(refusal(0, 0).empty());
  CHECK(has(refusal(0, 1), "a key that shares 1 bytes with one of 0"));
  CHECK(has(refusal(4, 2), "model.ckpt.data-00000-of-00002"));    // num_shards
  CHECK(has(refusal(4, 0), "0 data files, expected 1 to 1000"));  // num_shards
  CHECK(has(refusal(0x1f, 4), "\"a/dense/bias\" is F32 [4], but has 12 bytes"));
  CHECK(has(refusal(0x21, 13), "\"a/dense/bias\" is F32 [3], but has 13 bytes"));
  CHECK(refusal(0x19, 7).empty());  // a variable of texts is passed over
}

TEST_CASE("sorted tables: a compressed block is refused") {
  const Checkpoint checkpoint;
  put_bytes(checkpoint.index, changed_index(kDataBlockBytes, 1));
  CHECK(has(weights_refusal(checkpoint.index), "a block compressed by method 1, expected none"));
}
