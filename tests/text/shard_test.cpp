// Shards on disk: the same examples as from memory, and one line for whatever is wrong with a file.

#include "data/shards/shard.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "data/examples/example_block.h"
#include "data/examples/example_source.h"
#include "data/shards/token_block.h"
#include "error_message.h"
#include "scoria/data/pretraining.h"
#include "support/small_corpus.h"
#include "support/temporary_folder.h"

using namespace scoria;
namespace fs = std::filesystem;

namespace {

Tokenizer letters() {
  std::vector<std::string> tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "."};
  for (char c = 'a'; c <= 'z'; ++c) tokens.insert(tokens.end(), {std::string(1, c), std::string("##") + c});
  return Tokenizer(tokens);
}

/// A corpus in a folder, its shards, and one file of them to damage.
struct World {
  TemporaryFolder folder;
  Tokenizer tokenizer = letters();
  fs::path text = folder / "corpus.txt", shards = folder / "shards", examples = folder / "examples";
  World() {
    write_small_corpus(text, 200, 20);
    write_token_shards(Corpus({text}), tokenizer, {}, shards);
  }
  fs::path file() const { return shards / "shard-00000.bin"; }
  TokenStore open() const { return TokenStore::open(shards, tokenizer); }
};

bool same(const PretrainingExample& a, const PretrainingExample& b) {
  return a.ids == b.ids && a.segments == b.segments && a.masked_positions == b.masked_positions &&
         a.masked_labels == b.masked_labels && a.next_sentence_label == b.next_sentence_label;
}

void read_all(const TokenStore& store) {
  for (std::size_t b = 0; b < store.block_count(); ++b) store.block(b);
}

}  // namespace

TEST_CASE("a store on disk is the store in memory") {
  const World world;
  const TokenStore memory = tokenize_corpus(Corpus({world.text}), world.tokenizer);
  const TokenStore disk = world.open();
  CHECK(disk.block_count() == memory.block_count());
  CHECK(disk.block_count() > 3);
  CHECK(disk.document_count() == memory.document_count());
  CHECK(disk.sentence_count() == memory.sentence_count());
  CHECK(disk.token_count() == memory.token_count());
  CHECK(disk.fingerprint() == memory.fingerprint());
  const PretrainingData from_memory(
      std::make_shared<TokenStore>(tokenize_corpus(Corpus({world.text}), world.tokenizer)), world.tokenizer, {}),
      from_disk(std::make_shared<TokenStore>(world.open()), world.tokenizer, {});
  for (std::uint64_t i = 0; i < 300; ++i) REQUIRE(same(from_memory.example(i), from_disk.example(i)));
}

TEST_CASE("the same bytes for any number of threads") {
  const World world;
  for (const int threads : {1, 2, 5}) {
    const fs::path again = world.folder / ("again-" + std::to_string(threads));
    write_token_shards(Corpus({world.text}), world.tokenizer, {.thread_count = threads}, again);
    CHECK(file_bytes(again / "shard-00000.bin") == file_bytes(world.file()));
  }
}

TEST_CASE("shards know what they were made of") {
  const World world;
  const Corpus corpus({world.text});
  CHECK(are_token_shards_of(world.shards, corpus, world.tokenizer, {}));
  CHECK_FALSE(are_token_shards_of(world.shards, corpus, world.tokenizer, {.max_sentence_tokens = 20}));
  CHECK_FALSE(are_token_shards_of(world.folder / "none", corpus, world.tokenizer, {}));
  put_bytes(world.text, file_bytes(world.text) + "More.\n");
  CHECK_FALSE(are_token_shards_of(world.shards, Corpus({world.text}), world.tokenizer, {}));
  const Tokenizer cased(std::vector<std::string>{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"});
  CHECK(has(error_message(ErrorKind::Input, [&] { TokenStore::open(world.shards, cased); }), "another vocabulary"));
}

TEST_CASE("finished examples: whole, in the same order every time, each once an epoch") {
  World world;
  const TokenStore store = world.open();
  write_examples(store, world.tokenizer, {.sequence_length = 64, .max_predictions = 10, .dupe_factor = 2},
                 world.examples);
  const PretrainingData data = PretrainingData::open(world.examples, world.tokenizer, {.seed = 4});
  CHECK(data.options().sequence_length == 64);
  CHECK(data.options().max_predictions == 10);
  const ShardSummary summary = summarize_shards(world.examples);
  CHECK(summary.are_examples);
  CHECK(summary.record_count == data.epoch_size(0));
  CHECK(summary.made_with.dupe_factor == 2);
  std::uint64_t tokens = 0;
  for (std::uint64_t i = 0; i < data.epoch_size(0); ++i) tokens += data.example(i).ids.size();
  CHECK(tokens == summary.token_count);
  const fs::path again = world.folder / "again";
  write_examples(store, world.tokenizer, {.sequence_length = 64, .max_predictions = 10, .dupe_factor = 2}, again);
  CHECK(file_bytes(again / "shard-00000.bin") == file_bytes(world.examples / "shard-00000.bin"));
  CHECK(has(error_message(ErrorKind::Input, [&] { TokenStore::open(world.examples, world.tokenizer); }),
            "it holds finished examples, expected documents"));
}

TEST_CASE("finished examples in length bins") {
  World world;
  write_examples(world.open(), world.tokenizer, {.sequence_length = 64, .short_fraction = 0.6, .dupe_factor = 1},
                 world.examples);
  const PretrainingData data = PretrainingData::open(world.examples, world.tokenizer, {.length_bins = 4, .batch = 4});
  PretrainingBatch batch;
  std::int64_t tokens = 0, padded = 0;
  for (std::uint64_t i = 0; i + 4 <= data.epoch_size(0); i += 4) {
    data.fill(i, 4, batch);
    tokens += batch.token_count;
    padded += 4 * batch.sequence_length;
    REQUIRE(*std::max_element(batch.lengths.begin(), batch.lengths.end()) <= batch.sequence_length);
  }
  CHECK(static_cast<double>(tokens) > 0.8 * static_cast<double>(padded));
}

TEST_CASE("a length bin has room for a sequence and for all its masks") {
  const LengthBins bins({.sequence_length = 64, .max_predictions = 10, .length_bins = 4, .batch = 1});
  CHECK(bins.all() == std::vector<LengthBin>{{16, 3}, {32, 5}, {48, 8}, {64, 10}});
  CHECK(bins.bin_of(16) == 0);
  CHECK(bins.bin_of(17) == 1);
  // Shards may hold more masks than our share of a sequence.
  CHECK(bins.bin_of(16, 4) == 1);
  CHECK(bins.bin_of(5, 10) == 3);
  CHECK(bins.bin_of(65) == 3);
}

TEST_CASE("every byte that changes is found, and named") {
  const World world;
  const std::string good = file_bytes(world.file());
  for (std::size_t at = 0; at < good.size(); at += at < 512 ? 1 : 997) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x20);
    put_bytes(world.file(), bad);
    CAPTURE(at);
    const std::string message = error_message(ErrorKind::Input, [&] { read_all(world.open()); });
    CHECK(has(message, "shard-00000.bin: byte "));
    CHECK(has(message, "make it anew with prepare"));
    CHECK(message.find('\n') == std::string::npos);
  }
}

TEST_CASE("a folder that is not whole") {
  const World world;
  const std::string good = file_bytes(world.file());
  const auto refused = [&] { return error_message(ErrorKind::Input, [&] { read_all(world.open()); }); };
  put_bytes(world.file(), good.substr(0, good.size() - 8));
  CHECK(has(refused(), "shard-00000.bin has"));
  put_bytes(world.file(), good);
  fs::remove(world.shards / "manifest.json");
  CHECK(has(refused(), "manifest.json"));
  fs::remove_all(world.shards);
  CHECK(has(refused(), "no such folder"));
}

TEST_CASE("a head that lies, with the right checksum") {
  const TokenStore store = [] {
    TokenStore made(50);
    made.add_document(std::vector<std::int32_t>(40, 7), std::vector<std::uint32_t>(8, 5));
    return made;
  }();
  const BlockImage block = block_image(store.block(0), 50);
  ShardHead head;
  head.vocabulary_size = 50;
  const auto check = [](const ShardHead& h, const ShardBlock& entry, const std::vector<std::byte>& body) {
    std::vector<std::byte> file = shard_opening(h, std::span(&entry, 1));
    put_values(file, std::span<const std::byte>(body));
    const ShardView view(file, "f");
    const ShardFolder::Block read{std::span(file).subspan(view.offset(0), view.blocks()[0].bytes),
                                  view.blocks()[0].records, nullptr};
    check_token_block(read, view.head(), "f", view.offset(0));
  };
  const auto refused = [&](const ShardHead& h, const ShardBlock& entry, const std::vector<std::byte>& body) {
    return error_message(ErrorKind::Input, [&] { check(h, entry, body); });
  };
  CHECK_NOTHROW(check(head, block.entry(), block.bytes));
  ShardHead other = head;
  other.version = 9;
  CHECK(has(refused(other, block.entry(), block.bytes), "f: byte 8: format version 9"));
  other = head;
  other.kind = static_cast<ShardKind>(7);
  CHECK(has(refused(other, block.entry(), block.bytes), "records of kind 7"));
  ShardBlock entry = block.entry();
  entry.bytes = 0xFFFFFFF8u;
  CHECK(has(refused(head, entry, block.bytes), "its blocks at byte"));
  entry = block.entry();
  entry.records = 3;
  CHECK(has(refused(head, entry, block.bytes), "in a block of 3 records"));
  std::vector<std::byte> body = block.bytes;
  const auto put = [&](std::size_t at, std::uint32_t value) { std::memcpy(body.data() + at, &value, sizeof(value)); };
  put(8, 0xFFFFFFFFu);  // tokens
  CHECK(has(refused(head, block.entry(), body), "4294967295 tokens"));
  body = block.bytes;
  put(20, 0);  // the first sentence's end
  CHECK(has(refused(head, block.entry(), body), "sentences do not divide the tokens"));
  body = block.bytes;
  put(16, 9);  // the document's end
  CHECK(has(refused(head, block.entry(), body), "documents do not divide the sentences"));
  body = block.bytes;
  body[52] = std::byte{50};  // the first id
  CHECK(has(refused(head, block.entry(), body), "outside the vocabulary of 50"));
}
