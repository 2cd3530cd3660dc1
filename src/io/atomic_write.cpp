#include "io/atomic_write.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <vector>

#include "io/file.h"
#include "io/json.h"
#include "scoria/error.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kManifestName = "manifest.json";
constexpr std::string_view kTemporaryMark = ".tmp-";

fs::path temporary_beside(const fs::path& path) {
  return path.parent_path() / fmt::format("{}{}{}", path.filename().string(), kTemporaryMark, ::getpid());
}

void rename_checked(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) throw_io_error("write", to, error.value());
}

std::string checksum(const File& file) {
  std::vector<std::byte> chunk(1u << 20);
  XXH3_state_t* state = XXH3_createState();
  XXH3_128bits_reset(state);
  const std::uint64_t size = file.size();
  for (std::uint64_t offset = 0; offset < size; offset += chunk.size()) {
    const std::span<std::byte> part(chunk.data(), std::min<std::uint64_t>(chunk.size(), size - offset));
    file.read_at(offset, part);
    XXH3_128bits_update(state, part.data(), part.size());
  }
  const XXH128_hash_t hash = XXH3_128bits_digest(state);
  XXH3_freeState(state);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    files.push_back(entry->path());
  }
  if (error) throw_io_error("read", folder, error.value());
  std::sort(files.begin(), files.end());
  return files;
}

nlohmann::json make_manifest(const fs::path& folder) {
  nlohmann::json files = nlohmann::json::array();
  for (const fs::path& path : files_of(folder)) {
    File file = File::open(path);
    file.sync();
    files.push_back({{"name", path.filename().string()}, {"bytes", file.size()}, {"xxh3_128", checksum(file)}});
  }
  return {{"format", 1}, {"files", std::move(files)}};
}

// The file of an entry, of the size it says.
File open_listed(const fs::path& folder, const nlohmann::json& entry, const std::string& where) {
  const std::string name = json_string(entry, "name", where);
  // A manifest comes from outside too.
  if (!is_plain_file_name(name))
    throw Error(ErrorKind::Input, fmt::format("{}: \"{}\" is not a plain file name", where, name));
  const auto bytes = static_cast<std::uint64_t>(json_integer(entry, "bytes", where, 0, INT64_MAX));
  File file = File::open(folder / name);
  if (file.size() != bytes) {
    throw Error(ErrorKind::Input, fmt::format("{} has {} bytes, its manifest says {}", name, file.size(), bytes));
  }
  return file;
}

void check_file(const fs::path& folder, const nlohmann::json& entry, const std::string& where) {
  const File file = open_listed(folder, entry, where);
  if (checksum(file) != json_string(entry, "xxh3_128", where)) {
    throw Error(ErrorKind::Input,
                fmt::format("{} does not have the checksum of its manifest", file.path().filename().string()));
  }
}

nlohmann::json listed_files(const fs::path& manifest_path) {
  const nlohmann::json manifest = read_json(manifest_path, {.max_depth = 4});
  json_integer(manifest, "format", manifest_path.string(), 1, 1);
  const nlohmann::json& files = json_member(manifest, "files", manifest_path.string());
  if (!files.is_array() || files.empty()) throw Error(ErrorKind::Input, "manifest.json lists no files");
  return files;
}

bool is_alive(std::string_view process_id) {
  pid_t process = 0;
  const auto [end, error] = std::from_chars(process_id.data(), process_id.data() + process_id.size(), process);
  if (error != std::errc() || end != process_id.data() + process_id.size() || process <= 0) return true;
  return process == ::getpid() || ::kill(process, 0) == 0 || errno != ESRCH;
}

}  // namespace

PendingFile::PendingFile(fs::path final_path)
    : final_(std::move(final_path)), file_(File::create(temporary_beside(final_))) {}

PendingFile::~PendingFile() {
  std::error_code ignored;
  if (!committed_) fs::remove(file_.path(), ignored);
}

void PendingFile::commit() {
  file_.sync();
  file_.close();
  rename_checked(file_.path(), final_);
  committed_ = true;
  sync_folder(final_.parent_path());
}

void write_atomically(const fs::path& path, const std::function<void(File&)>& write_contents) {
  PendingFile pending(path);
  write_contents(pending.file());
  pending.commit();
}

void write_atomically(const fs::path& path, std::string_view text) {
  write_atomically(path, [text](File& file) { file.write(text); });
}

PendingFolder::PendingFolder(fs::path final_path)
    : final_(std::move(final_path)), temporary_(temporary_beside(final_)) {
  std::error_code error;
  fs::remove_all(temporary_, error);
  fs::create_directories(temporary_, error);
  if (error) throw_io_error("write", temporary_, error.value());
}

PendingFolder::~PendingFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(temporary_, ignored);
}

void PendingFolder::commit() {
  const std::string manifest = make_manifest(temporary_).dump(2) + "\n";
  File file = File::create(temporary_ / kManifestName);
  file.write(manifest);
  file.sync();
  file.close();
  sync_folder(temporary_);
  const fs::path replaced =
      final_.string() + ".old" + temporary_.filename().string().substr(final_.filename().string().size());
  std::error_code error;
  if (fs::exists(final_, error)) rename_checked(final_, replaced);
  rename_checked(temporary_, final_);
  committed_ = true;
  sync_folder(final_.parent_path());
  fs::remove_all(replaced, error);
}

std::string folder_damage(const fs::path& folder) {
  try {
    const fs::path path = folder / kManifestName;
    for (const nlohmann::json& entry : listed_files(path)) check_file(folder, entry, path.string());
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::vector<std::string> whole_files(const fs::path& folder) {
  const fs::path path = folder / kManifestName;
  std::vector<std::string> names;
  for (const nlohmann::json& entry : listed_files(path))
    names.push_back(open_listed(folder, entry, path.string()).path().filename().string());
  return names;
}

void remove_abandoned(const fs::path& folder, std::string_view prefix) {
  std::error_code error;
  std::vector<fs::path> abandoned;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const std::size_t mark = name.rfind(kTemporaryMark);
    if (mark == std::string::npos || !name.starts_with(prefix)) continue;
    if (!is_alive(std::string_view(name).substr(mark + kTemporaryMark.size()))) abandoned.push_back(entry->path());
  }
  for (const fs::path& path : abandoned) fs::remove_all(path, error);
}

}  // namespace scoria
