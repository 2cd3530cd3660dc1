#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace scoria::vulkan {

/// $XDG_CACHE_HOME/scoria/pipelines-<device>.bin, or below ~/.cache; empty where neither is known. Of device_key().
std::filesystem::path cache_path(std::string_view device);

/// The data that write_cache put into the file; empty if there is no such file, or if it is not whole: a driver may
/// crash on data that is damaged. Never throws.
std::vector<std::byte> read_cache(const std::filesystem::path& file) noexcept;

/// Replaces the file by a rename, so that another process sees the old one or the new one. A cache that cannot be
/// written is a line in the log and no error.
void write_cache(const std::filesystem::path& file, std::span<const std::byte> data) noexcept;

}  // namespace scoria::vulkan
