// Any bytes as a shard: refused with an Error of one line, or blocks of documents or examples that can be read through.
// Each input is read as it is, which the checksums refuse, and once more with all checksums made right.
#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "data/examples/example_block.h"
#include "data/shards/token_block.h"
#include "scoria/error.h"
#include "target.h"

using namespace scoria;

namespace {

using Bytes = std::vector<std::byte>;

std::string as_string(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

Bytes shard_of(ShardHead head, const std::vector<BlockImage>& images) {
  std::vector<ShardBlock> blocks;
  for (const BlockImage& image : images) blocks.push_back(image.entry());
  Bytes file = shard_opening(head, blocks);
  for (const BlockImage& image : images) put_values(file, std::span<const std::byte>(image.bytes));
  return file;
}

Bytes documents(std::uint32_t vocabulary_size) {
  TokenStore store(static_cast<std::int32_t>(vocabulary_size));
  store.add_document(std::vector<std::int32_t>{5, 6, 7, 8, 9}, std::vector<std::uint32_t>{2, 3});
  store.add_document(std::vector<std::int32_t>{8}, std::vector<std::uint32_t>{1});
  ShardHead head;
  head.vocabulary_size = vocabulary_size;
  const BlockImage image = block_image(store.block(0), store.vocabulary_size());
  return shard_of(head, {image, image});
}

Bytes examples(std::uint32_t vocabulary_size) {
  ExampleBlockBuilder builder;
  const PretrainingExample example{{2, 4, 6, 3, 7, 8, 3}, {0, 0, 0, 0, 1, 1, 1}, {1, 5}, {5, 9}, 1};
  for (int i = 0; i < 3; ++i) builder.add(example_record(example, static_cast<std::int32_t>(vocabulary_size)), 7);
  ShardHead head;
  head.kind = ShardKind::Examples;
  head.vocabulary_size = vocabulary_size;
  head.settings.sequence_length = 16;
  head.settings.max_predictions = 4;
  return shard_of(head, {builder.take()});
}

/// The same with right checksums, as far as head, table and blocks lie in the file.
void mend(Bytes& file) {
  ShardHead head;
  if (file.size() < sizeof(head)) return;
  std::memcpy(&head, file.data(), sizeof(head));
  const std::size_t room = (file.size() - sizeof(head)) / sizeof(ShardBlock);
  if (head.block_count > room) return;
  auto* blocks = reinterpret_cast<ShardBlock*>(file.data() + sizeof(head));
  std::size_t at = sizeof(head) + head.block_count * sizeof(ShardBlock);
  for (std::uint32_t i = 0; i < head.block_count && blocks[i].bytes <= file.size() - at; at += blocks[i++].bytes)
    blocks[i].checksum = block_checksum(std::span(file).subspan(at, blocks[i].bytes));
  head.checksum = opening_checksum(head, {blocks, head.block_count});
  std::memcpy(file.data(), &head, sizeof(head));
}

std::int64_t sum_of(const ShardFolder::Block& block, const ShardHead& head) {
  std::int64_t sum = 0;
  if (head.kind == ShardKind::Documents) {
    const TokenBlock documents = token_block(block, head);
    for (std::uint32_t d = 0; d < documents.document_count(); ++d) sum += documents.sentences_in(d);
    for (std::uint32_t t = 0; t < documents.token_count(); ++t) sum += documents.token(t);
    return sum;
  }
  for (std::uint32_t i = 0; i < block.records; ++i) {
    const PretrainingExample example = example_view(block, i, head).example();
    for (const std::int32_t at : example.masked_positions) sum += example.ids[static_cast<std::size_t>(at)];
  }
  return sum;
}

void read(const Bytes& file) {
  try {
    const ShardView view(file, "shard");
    const ShardHead& head = view.head();
    for (std::size_t i = 0; i < view.blocks().size(); ++i) {
      const ShardBlock& entry = view.blocks()[i];
      const std::uint64_t offset = view.offset(i);
      const ShardFolder::Block block{std::span(file).subspan(offset, entry.bytes), entry.records, nullptr};
      check_block(block.bytes, entry, offset, "shard");
      const auto check = head.kind == ShardKind::Documents ? check_token_block : check_example_block;
      check(block, head, "shard", offset);
      SCORIA_CHECK(sum_of(block, head) >= 0, "ids are not negative");
    }
  } catch (const Error& error) {
    SCORIA_CHECK(error.kind() == ErrorKind::Input, "bad bytes are bad input");
    SCORIA_CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos, "one line");
  }
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const std::uint32_t size : {40u, 70000u}) {
    out.push_back(as_string(documents(size)));
    out.push_back(as_string(examples(size)));
  }
  return out;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto* begin = reinterpret_cast<const std::byte*>(bytes);
  Bytes file(begin, begin + size);
  read(file);
  mend(file);
  read(file);
  return 0;
}
