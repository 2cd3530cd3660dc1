#include "data/examples/example_block.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "data/shards/token_block.h"

namespace scoria {
namespace {

using Head = ExampleView::Head;

bool is_narrow(const ShardHead& head) {
  return TokenBlockBuilder::is_narrow(static_cast<std::int32_t>(head.vocabulary_size));
}

constexpr std::size_t kTableOffset = 2 * sizeof(std::uint32_t);

const std::uint32_t* ends_of(std::span<const std::byte> block) {
  return reinterpret_cast<const std::uint32_t*>(block.data() + kTableOffset);
}

std::span<const std::byte> record_of(std::span<const std::byte> block, std::uint32_t records, std::uint32_t number) {
  const std::uint32_t* ends = ends_of(block);
  const std::uint32_t begin = number == 0 ? 0 : ends[number - 1];
  return block.subspan(kTableOffset + records * sizeof(std::uint32_t)).subspan(begin, ends[number] - begin);
}

/// What is wrong with an example; "" if nothing is.
std::string damage_of(const ExampleView& view, const ShardHead& head) {
  const Head& h = view.head();
  if (h.length < 3 || h.length > head.settings.sequence_length)
    return fmt::format("{} tokens, expected 3 to {}", h.length, head.settings.sequence_length);
  if (h.first_length > h.length) return "the first segment is longer than the example";
  if (h.masked > head.settings.max_predictions)
    return fmt::format("{} predictions, expected at most {}", h.masked, head.settings.max_predictions);
  if (h.label < 0 || h.label > 1) return fmt::format("next-sentence label {}, expected 0 or 1", h.label);
  const auto size = static_cast<std::int32_t>(head.vocabulary_size);
  for (std::uint32_t i = 0; i < h.length; ++i)
    if (view.id(i) < 0 || view.id(i) >= size) return fmt::format("id {} outside the vocabulary", view.id(i));
  for (std::uint32_t i = 0; i < h.masked; ++i) {
    if (view.masked_label(i) < 0 || view.masked_label(i) >= size)
      return fmt::format("masked id {} outside the vocabulary", view.masked_label(i));
    if (view.masked_position(i) >= h.length || (i > 0 && view.masked_position(i) <= view.masked_position(i - 1)))
      return "masked positions that do not ascend within the example";
  }
  return "";
}

}  // namespace

void ExampleBlockBuilder::add(std::span<const std::byte> record, std::uint32_t tokens) {
  records_.insert(records_.end(), record.begin(), record.end());
  ends_.push_back(static_cast<std::uint32_t>(records_.size()));
  tokens_ += tokens;
}

BlockImage ExampleBlockBuilder::take() {
  BlockImage image;
  image.records = static_cast<std::uint32_t>(ends_.size());
  image.tokens = std::exchange(tokens_, 0);
  const std::uint32_t counts[2] = {image.records, 0};
  put_values(image.bytes, std::span<const std::uint32_t>(counts));
  put_values(image.bytes, std::span<const std::uint32_t>(ends_));
  put_values(image.bytes, std::span<const std::byte>(records_));
  image.bytes.resize((image.bytes.size() + 7) / 8 * 8);
  ends_.clear();
  records_.clear();
  return image;
}

std::vector<std::byte> example_record(const PretrainingExample& example, std::int32_t vocabulary_size) {
  const auto first = std::count(example.segments.begin(), example.segments.end(), 0);
  const Head head{static_cast<std::uint16_t>(example.ids.size()), static_cast<std::uint16_t>(first),
                  static_cast<std::uint16_t>(example.masked_labels.size()),
                  static_cast<std::int16_t>(example.next_sentence_label)};
  const bool narrow = TokenBlockBuilder::is_narrow(vocabulary_size);
  std::vector<std::byte> bytes(ExampleView::byte_count(head, narrow));
  std::byte* at = bytes.data();
  const auto put = [&at](const auto& value) {
    std::memcpy(at, &value, sizeof(value));
    at += sizeof(value);
  };
  put(head);
  for (const auto* values : {&example.ids, &example.masked_labels}) {
    if (narrow)
      for (const std::int32_t value : *values) put(static_cast<std::uint16_t>(value));
    else
      for (const std::int32_t value : *values) put(value);
  }
  for (const std::int32_t position : example.masked_positions) put(static_cast<std::uint16_t>(position));
  return bytes;
}

ExampleView::ExampleView(std::span<const std::byte> record, bool narrow) {
  std::memcpy(&head_, record.data(), sizeof(head_));
  const std::byte* values = record.data() + sizeof(head_);
  const std::size_t count = head_.length + head_.masked;
  if (narrow)
    narrow_ = reinterpret_cast<const std::uint16_t*>(values);
  else
    wide_ = reinterpret_cast<const std::uint32_t*>(values);
  positions_ =
      reinterpret_cast<const std::uint16_t*>(values + count * (narrow ? sizeof(std::uint16_t) : sizeof(std::uint32_t)));
}

PretrainingExample ExampleView::example() const {
  PretrainingExample example;
  for (std::uint32_t i = 0; i < head_.length; ++i) {
    example.ids.push_back(id(i));
    example.segments.push_back(i < head_.first_length ? 0 : 1);
  }
  for (std::uint32_t i = 0; i < head_.masked; ++i) {
    example.masked_positions.push_back(masked_position(i));
    example.masked_labels.push_back(masked_label(i));
  }
  example.next_sentence_label = head_.label;
  return example;
}

std::size_t ExampleView::byte_count(const Head& head, bool narrow) {
  const std::size_t width = narrow ? sizeof(std::uint16_t) : sizeof(std::uint32_t);
  const std::size_t bytes =
      sizeof(Head) + (std::size_t{head.length} + head.masked) * width + head.masked * sizeof(std::uint16_t);
  return (bytes + 3) / 4 * 4;
}

ExampleView example_view(const ShardFolder::Block& block, std::uint32_t number, const ShardHead& head) {
  return ExampleView(record_of(block.bytes, block.records, number), is_narrow(head));
}

void check_example_block(const ShardFolder::Block& block, const ShardHead& head, std::string_view where,
                         std::uint64_t offset) {
  std::uint32_t count = 0;
  if (block.bytes.size() >= kTableOffset) std::memcpy(&count, block.bytes.data(), sizeof(count));
  const std::size_t table = kTableOffset + std::size_t{block.records} * sizeof(std::uint32_t);
  if (count != block.records || table > block.bytes.size())
    refuse_shard(
        where, offset,
        fmt::format("{} examples in a block of {} records and {} bytes", count, block.records, block.bytes.size()));
  const std::size_t room = block.bytes.size() - table;
  const std::uint32_t* ends = ends_of(block.bytes);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t begin = i == 0 ? 0 : ends[i - 1];
    const std::uint64_t at = offset + table + begin;
    if (ends[i] < begin + sizeof(Head) || ends[i] > room || begin % 4 != 0)
      refuse_shard(where, at, fmt::format("example {} of the block lies outside it", i));
    const std::span<const std::byte> record = record_of(block.bytes, count, i);
    Head record_head;
    std::memcpy(&record_head, record.data(), sizeof(record_head));
    if (ExampleView::byte_count(record_head, is_narrow(head)) != record.size())
      refuse_shard(where, at, fmt::format("an example of {} bytes", record.size()));
    if (const std::string damage = damage_of(ExampleView(record, is_narrow(head)), head); !damage.empty())
      refuse_shard(where, at, damage);
  }
}

}  // namespace scoria
