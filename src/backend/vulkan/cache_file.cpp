#include "backend/vulkan/cache_file.h"

#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <cstring>
#include <exception>
#include <fstream>

#include "base/cache_folder.h"
#include "base/debug.h"
#include "base/log.h"

namespace scoria::vulkan {
namespace {

/// "scoria" and a version, the length of the data and its XXH3; then the data.
struct Header {
  std::array<char, 8> magic = {'s', 'c', 'o', 'r', 'i', 'a', 'p', '1'};
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
};

std::vector<std::byte> read_checked(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  Header header, expected;
  if (!in.read(reinterpret_cast<char*>(&header), sizeof header)) return {};
  const std::uint64_t length = std::filesystem::file_size(file);
  if (header.magic != expected.magic || header.bytes != length - sizeof header) return {};
  std::vector<std::byte> data(header.bytes);
  if (!in.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(data.size()))) return {};
  if (XXH3_64bits(data.data(), data.size()) != header.checksum) return {};
  return data;
}

void write_whole(const std::filesystem::path& file, const std::filesystem::path& fresh,
                 std::span<const std::byte> data) {
  std::filesystem::create_directories(file.parent_path());
  {
    Header header;
    header.bytes = data.size();
    header.checksum = XXH3_64bits(data.data(), data.size());
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out.exceptions(std::ios::failbit | std::ios::badbit);
    out.write(reinterpret_cast<const char*>(&header), sizeof header);
    out.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  }
  std::filesystem::rename(fresh, file);
}

void remove_quietly(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
}

}  // namespace

std::filesystem::path cache_path(std::string_view device) {
  const std::filesystem::path folder = cache_folder();
  if (folder.empty()) return {};
  return folder / fmt::format("pipelines-{}.bin", device);
}

std::vector<std::byte> read_cache(const std::filesystem::path& file) noexcept {
  try {
    if (file.empty() || !std::filesystem::exists(file)) return {};
    std::vector<std::byte> data = read_checked(file);
    if (data.empty()) log(LogLevel::Info, fmt::format("pipeline cache {} is damaged and ignored", file.string()));
    if (debug(DebugWord::Device)) {
      log(LogLevel::Info, fmt::format("device: pipeline cache {}, {} bytes", file.string(), data.size()));
    }
    return data;
  } catch (const std::exception&) {
    return {};
  }
}

void write_cache(const std::filesystem::path& file, std::span<const std::byte> data) noexcept {
  const std::filesystem::path fresh = file.string() + "." + std::to_string(::getpid());
  try {
    write_whole(file, fresh, data);
  } catch (const std::exception& error) {
    remove_quietly(fresh);
    log(LogLevel::Info, fmt::format("pipeline cache not saved: {}", error.what()));
  }
}

}  // namespace scoria::vulkan
