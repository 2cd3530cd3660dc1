#include "data/shards/shard_folder.h"

#include <fmt/core.h>

#include <algorithm>

#include "io/atomic_write.h"
#include "io/file.h"
#include "scoria/error.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShardBytes = std::size_t{8} << 20;

std::string shard_name(std::uint32_t shard) { return fmt::format("shard-{:05}.bin", shard); }

std::uint32_t count_shards(const fs::path& folder) {
  if (!fs::is_directory(folder))
    throw Error(ErrorKind::Input, fmt::format("{}: no such folder; make it with prepare", folder.string()));
  const std::vector<std::string> names = whole_files(folder);
  std::uint32_t count = 0;
  while (std::find(names.begin(), names.end(), shard_name(count)) != names.end()) ++count;
  if (count == 0)
    throw Error(ErrorKind::Input,
                fmt::format("{}: no {} in its manifest; make the folder with prepare", folder.string(), shard_name(0)));
  return count;
}

std::string_view name_of(ShardKind kind) { return kind == ShardKind::Documents ? "documents" : "finished examples"; }

}  // namespace

void ShardWriter::add(const BlockImage& block) {
  if (!body_.empty() && body_.size() + block.bytes.size() > kShardBytes) write_shard();
  blocks_.push_back(block.entry());
  body_.insert(body_.end(), block.bytes.begin(), block.bytes.end());
  records_ += block.records;
  head_.sentence_count += block.sentences;
  head_.token_count += block.tokens;
}

void ShardWriter::finish() {
  if (!body_.empty()) write_shard();
}

void ShardWriter::write_shard() {
  File file = File::create(folder_ / shard_name(head_.shard));
  file.write(shard_opening(head_, blocks_));
  file.write(body_);
  file.close();
  ++head_.shard;
  head_.first_record = records_;
  head_.sentence_count = head_.token_count = 0;
  blocks_.clear();
  body_.clear();
}

ShardFolder::ShardFolder(const fs::path& folder, ShardKind kind, Check check)
    : folder_(folder), check_(std::move(check)) {
  const std::uint32_t count = count_shards(folder);
  for (std::uint32_t shard = 0; shard < count; ++shard) add_shard(shard, kind);
}

fs::path ShardFolder::path_of(std::uint32_t shard) const { return folder_ / shard_name(shard); }

void ShardFolder::add_shard(std::uint32_t shard, ShardKind kind) {
  const std::string where = path_of(shard).string();
  const MappedFile file(where);
  const ShardView view(file.bytes(), where);
  const ShardHead& head = view.head();
  if (head.kind != kind)
    throw Error(ErrorKind::Input, fmt::format("{}: it holds {}, expected {}; see prepare --help", where,
                                              name_of(head.kind), name_of(kind)));
  if (shard == 0) {
    head_ = head;
    head_.record_count = head_.sentence_count = head_.token_count = 0;
  }
  if (head.shard != shard || head.first_record != head_.record_count || head.settings != head_.settings ||
      head.vocabulary_hash != head_.vocabulary_hash || head.vocabulary_size != head_.vocabulary_size)
    refuse_shard(where, 0, "this shard belongs to other data than the ones before it");
  std::uint64_t offset = view.offset(0);
  for (const ShardBlock& block : view.blocks()) {
    blocks_.push_back({block, offset, shard, false});
    first_record_.push_back(first_record_.back() + block.records);
    offset += block.bytes;
  }
  head_.record_count += head.record_count;
  head_.sentence_count += head.sentence_count;
  head_.token_count += head.token_count;
}

std::size_t ShardFolder::block_of(std::uint64_t record) const {
  const auto after = std::upper_bound(first_record_.begin(), first_record_.end(), record);
  return static_cast<std::size_t>(after - first_record_.begin()) - 1;
}

std::uint64_t ShardFolder::fingerprint() const {
  std::vector<std::uint64_t> checksums;
  for (const Place& place : blocks_) checksums.push_back(place.entry.checksum);
  return fingerprint_of(checksums, head_.vocabulary_size);
}

/// Called with the lock held.
std::shared_ptr<const MappedFile> ShardFolder::map(std::uint32_t shard) const {
  Mapping* oldest = &mappings_[0];
  for (Mapping& mapping : mappings_) {
    if (mapping.file && mapping.shard == shard) {
      mapping.last_use = ++uses_;
      return mapping.file;
    }
    if (mapping.last_use < oldest->last_use) oldest = &mapping;
  }
  oldest->file.reset();  // first, so that no more are mapped than said
  *oldest = {shard, ++uses_, std::make_shared<const MappedFile>(path_of(shard))};
  return oldest->file;
}

ShardFolder::Block ShardFolder::read(std::size_t block) const {
  std::unique_lock lock(mutex_);
  const Place place = blocks_[block];
  std::shared_ptr<const MappedFile> file = map(place.shard);
  lock.unlock();
  if (file->bytes().size() < place.offset + place.entry.bytes)
    refuse_shard(path_of(place.shard).string(), file->bytes().size(), "the file has become shorter");
  const Block out{file->bytes().subspan(place.offset, place.entry.bytes), place.entry.records, file};
  if (place.is_checked) return out;
  const std::string where = path_of(place.shard).string();
  check_block(out.bytes, place.entry, place.offset, where);
  check_(out, head_, where, place.offset);
  lock.lock();
  blocks_[block].is_checked = true;
  return out;
}

ShardKind shard_kind(const fs::path& folder) {
  count_shards(folder);
  const fs::path first = folder / shard_name(0);
  return ShardView(MappedFile(first).bytes(), first.string()).head().kind;
}

}  // namespace scoria
