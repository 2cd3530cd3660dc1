// Any bytes as a zstd file, read in blocks of the first byte's size: refused with an Error, or text up to the damage,
// which is reported. Compressed, they come out as they were.
#include "base/check.h"
#include "corpus_bytes.h"
#include "scoria/error.h"
#include "target.h"
#include "text/zstd_bytes.h"

using namespace scoria;

namespace {

std::string decompressed(std::string_view bytes, std::size_t block_bytes, CorpusReport& report) {
  const auto source = decompress_zstd(in_memory(bytes, block_bytes), "fuzz.zst", {.report = report, .interrupted = {}});
  // A few bytes may stand for gigabytes.
  constexpr std::size_t kEnough = std::size_t{1} << 20;
  std::string out, block(block_bytes, '\0');
  for (std::size_t got = block_bytes; got == block_bytes && out.size() < kEnough;) {
    got = source->read(block.data(), block_bytes);
    out.append(block, 0, got);
  }
  return out;
}

}  // namespace

std::vector<std::string> seeds() {
  using namespace std::string_literals;
  return {"\x07" + compressed("One. Two.\n\nThree."), "\xFF" + compressed(std::string(70000, 'a'), 19),
          "\x03\x50\x2A\x4D\x18\x01\0\0\0x"s + compressed("a\n") + compressed("") + compressed("b\n")};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t block_bytes = 1 + std::size_t{bytes[0]};
  const std::string_view file = as_text(bytes, size).substr(1);
  try {
    CorpusReport report;
    decompressed(file, block_bytes, report);
  } catch (const Error& error) {
    SCORIA_CHECK(error.kind() == ErrorKind::Input, "bad bytes are bad input");
  }
  CorpusReport report;
  SCORIA_CHECK(decompressed(compressed(file, 1, 10), block_bytes, report) == file,
               "what is compressed comes out as it was");
  SCORIA_CHECK(report.lines().empty(), "a whole file is not damaged");
  return 0;
}
