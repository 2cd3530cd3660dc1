#include "data/examples/stored_examples.h"

#include <fmt/core.h>

#include <algorithm>

#include "data/shards/vocabulary_hash.h"
#include "scoria/error.h"

namespace scoria {

ShardSettings settings_of(const ExampleOptions& options) {
  ShardSettings settings;
  settings.sequence_length = static_cast<std::uint32_t>(options.sequence_length);
  settings.max_predictions = static_cast<std::uint32_t>(options.max_predictions);
  settings.dupe_factor = static_cast<std::uint32_t>(options.dupe_factor);
  settings.whole_words = options.whole_words;
  settings.masked_fraction = options.masked_fraction;
  settings.short_fraction = options.short_fraction;
  settings.seed = options.seed;
  return settings;
}

ExampleOptions options_of(const ShardSettings& settings, const std::string& where) {
  const auto is_share = [](double value) { return value >= 0 && value <= 1; };
  if (settings.sequence_length < 5 || settings.sequence_length > 65535 || settings.max_predictions < 1 ||
      settings.max_predictions > 65535 || settings.dupe_factor < 1 || settings.dupe_factor > INT32_MAX ||
      !is_share(settings.masked_fraction) || !is_share(settings.short_fraction))
    refuse_shard(where, offsetof(ShardHead, settings), "settings out of range");
  return {.sequence_length = static_cast<std::int32_t>(settings.sequence_length),
          .max_predictions = static_cast<std::int32_t>(settings.max_predictions),
          .masked_fraction = settings.masked_fraction,
          .short_fraction = settings.short_fraction,
          .whole_words = settings.whole_words != 0,
          .dupe_factor = static_cast<std::int32_t>(settings.dupe_factor),
          .seed = settings.seed};
}

ExampleShards::ExampleShards(const std::filesystem::path& folder, const Tokenizer& tokenizer)
    : shards_(std::make_unique<ShardFolder>(folder, ShardKind::Examples, check_example_block)),
      options_(options_of(shards_->head().settings, folder.string())) {
  check_vocabulary(shards_->head(), tokenizer, folder);
}

void for_each_example(const std::filesystem::path& folder, const Tokenizer& tokenizer,
                      const std::function<bool(const PretrainingExample&)>& visit) {
  const ExampleShards examples(folder, tokenizer);
  const ShardFolder& shards = examples.shards();
  for (std::size_t b = 0; b < shards.block_count(); ++b) {
    const ShardFolder::Block block = shards.read(b);
    for (std::uint32_t i = 0; i < block.records; ++i)
      if (!visit(example_view(block, i, shards.head()).example())) return;
  }
}

std::uint32_t StoredExamples::bin_of(const ExampleView& example) const {
  return bins_.bin_of(example.head().length, example.head().masked);
}

/// Examples lie in one order in all epochs, so they are counted once.
const BlockCounts& StoredExamples::block_counts() {
  std::lock_guard lock(mutex_);
  if (counts_) return *counts_;
  const ShardFolder& shards = shards_.shards();
  counts_.emplace(bins_.count());
  for (std::size_t b = 0; b < shards.block_count(); ++b) {
    std::vector<std::uint64_t> of_block(bins_.count());
    if (bins_.count() == 1) {
      of_block[0] = shards.first_record(b + 1) - shards.first_record(b);
    } else {
      const ShardFolder::Block block = shards.read(b);
      for (std::uint32_t i = 0; i < block.records; ++i) ++of_block[bin_of(example_view(block, i, shards.head()))];
    }
    counts_->add(of_block);
  }
  return *counts_;
}

std::vector<std::uint64_t> StoredExamples::counts(std::uint32_t) { return block_counts().totals(); }

void StoredExamples::write(const ExamplePlace& place, std::int32_t row, PretrainingBatch& batch) {
  const ShardFolder& shards = shards_.shards();
  const BlockCounts::Found found = block_counts().find(place.bin, place.number);
  const ShardFolder::Block block = shards.read(found.block);
  auto number = static_cast<std::uint32_t>(found.number);
  if (bins_.count() > 1) {
    std::uint64_t left = found.number;
    number = 0;
    while (bin_of(example_view(block, number, shards.head())) != place.bin || left-- > 0) ++number;
  }
  const ExampleView example = example_view(block, number, shards.head());
  const ExampleView::Head& head = example.head();
  const std::int32_t first_row = row * batch.sequence_length;
  for (std::uint32_t i = 0; i < head.length; ++i) batch.ids[static_cast<std::size_t>(first_row) + i] = example.id(i);
  std::fill(batch.segments.begin() + first_row + head.first_length, batch.segments.begin() + first_row + head.length,
            1);
  const std::size_t label = static_cast<std::size_t>(row) * static_cast<std::size_t>(batch.max_predictions);
  for (std::uint32_t i = 0; i < head.masked; ++i) {
    batch.masked_rows[label + i] = first_row + example.masked_position(i);
    batch.masked_labels[label + i] = example.masked_label(i);
  }
  batch.lengths[static_cast<std::size_t>(row)] = head.length;
  batch.next_sentence_labels[static_cast<std::size_t>(row)] = head.label;
  batch.masked_count += head.masked;
  batch.token_count += head.length;
}

}  // namespace scoria
