#include <fmt/core.h>

#include <optional>

#include "data/examples/google_examples.h"
#include "data/examples/stored_examples.h"
#include "data/shards/token_block.h"
#include "data/shards/vocabulary_hash.h"
#include "io/atomic_write.h"
#include "io/file.h"
#include "scoria/error.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;

void check(const ExampleOptions& options, const TokenStore& store, const Tokenizer& tokenizer) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::Usage, "examples: " + what); };
  if (options.sequence_length < 5 || options.sequence_length > 65535)
    refuse(fmt::format("sequence_length must be 5 to 65535, got {}", options.sequence_length));
  if (options.max_predictions < 1 || options.max_predictions > 65535)
    refuse(fmt::format("max_predictions must be 1 to 65535, got {}", options.max_predictions));
  if (options.dupe_factor < 1) refuse(fmt::format("dupe_factor must be positive, got {}", options.dupe_factor));
  if (!(options.masked_fraction >= 0 && options.masked_fraction <= 1))
    refuse(fmt::format("masked_fraction must be in [0, 1], got {}", options.masked_fraction));
  if (!(options.short_fraction >= 0 && options.short_fraction <= 1))
    refuse(fmt::format("short_fraction must be in [0, 1], got {}", options.short_fraction));
  if (store.vocabulary_size() != tokenizer.size())
    refuse(
        fmt::format("the store was made with a vocabulary of {}, not {}", store.vocabulary_size(), tokenizer.size()));
  if (store.document_count() == 0) throw Error(ErrorKind::Input, "examples: a store without documents");
  if (store.document_count() > UINT32_MAX) refuse("over 2^32 documents; use several stores");
}

/// Records in a file, to be read back in another order: 8 bytes each in memory.
class Spool {
 public:
  explicit Spool(const fs::path& path) : path_(path), file_(File::create(path)) {}

  void add(std::span<const std::byte> record) {
    places_.push_back(bytes_ << kLengthBits | record.size());
    bytes_ += record.size();
    buffer_.insert(buffer_.end(), record.begin(), record.end());
    if (buffer_.size() >= kBufferBytes) flush();
  }
  /// All is written; the places are the caller's to shuffle.
  std::vector<std::uint64_t>& places() {
    flush();
    return places_;
  }
  /// One record, from its place.
  std::vector<std::byte> read(std::uint64_t place) {
    if (!reader_) reader_.emplace(File::open(path_));
    std::vector<std::byte> record(place & ((1u << kLengthBits) - 1));
    reader_->read_at(place >> kLengthBits, record);
    return record;
  }
  /// Closes and removes the file.
  void remove() {
    file_.close();
    reader_.reset();
    fs::remove(path_);
  }

 private:
  // A record is at most 8 + 10 * 65535 bytes long: 20 bits, which leaves 44 for the place, 16 TiB.
  static constexpr int kLengthBits = 20;
  static constexpr std::size_t kBufferBytes = 1 << 20;

  void flush() {
    file_.write(buffer_);
    buffer_.clear();
  }

  fs::path path_;
  File file_;
  std::optional<File> reader_;
  std::uint64_t bytes_ = 0;
  std::vector<std::byte> buffer_;
  std::vector<std::uint64_t> places_;
};

}  // namespace

void write_examples(const TokenStore& store, const Tokenizer& tokenizer, const ExampleOptions& options,
                    const fs::path& folder, const CorpusProgress& progress) {
  check(options, store, tokenizer);
  ShardHead head;
  head.kind = ShardKind::Examples;
  head.vocabulary_hash = vocabulary_hash(tokenizer);
  head.vocabulary_size = static_cast<std::uint32_t>(tokenizer.size());
  head.settings = settings_of(options);
  PendingFolder pending(folder);
  Spool spool(pending.path() / "unshuffled");

  PythonRandom random(options.seed);
  GoogleExamples examples(store, tokenizer, options, random);
  const auto dupes = static_cast<std::uint64_t>(options.dupe_factor);
  for (std::uint64_t pass = 0; pass < dupes; ++pass) {
    std::uint64_t tokens = 0;
    examples.make([&](const PretrainingExample& example) {
      spool.add(example_record(example, tokenizer.size()));
      tokens += example.ids.size();
      if (progress)
        progress(pass * store.token_count() + std::min(tokens, store.token_count()), dupes * store.token_count());
    });
  }
  random.shuffle(spool.places());

  ShardWriter writer(pending.path(), head);
  ExampleBlockBuilder block;
  const bool narrow = TokenBlockBuilder::is_narrow(tokenizer.size());
  for (const std::uint64_t place : spool.places()) {
    const std::vector<std::byte> record = spool.read(place);
    block.add(record, ExampleView(record, narrow).head().length);
    if (block.is_full()) writer.add(block.take());
  }
  if (!block.empty()) writer.add(block.take());
  writer.finish();
  spool.remove();
  tokenizer.save(pending.path());
  pending.commit();
}

ShardSummary summarize_shards(const fs::path& folder) {
  const ShardKind kind = shard_kind(folder);
  const auto nothing = [](const ShardFolder::Block&, const ShardHead&, std::string_view, std::uint64_t) {};
  const ShardFolder shards(folder, kind, nothing);
  const ShardHead& head = shards.head();
  ShardSummary summary;
  summary.fingerprint = shards.fingerprint();
  summary.are_examples = kind == ShardKind::Examples;
  summary.vocabulary_hash = head.vocabulary_hash;
  summary.vocabulary_size = static_cast<std::int32_t>(head.vocabulary_size);
  summary.record_count = head.record_count;
  summary.sentence_count = head.sentence_count;
  summary.token_count = head.token_count;
  if (summary.are_examples) {
    summary.made_with = options_of(head.settings, folder.string());
  } else {
    summary.tokenized_with.lines = head.settings.one_sentence_a_line ? LineMeaning::Sentences : LineMeaning::Prose;
    summary.tokenized_with.max_sentence_tokens = head.settings.max_sentence_tokens;
  }
  return summary;
}

}  // namespace scoria
