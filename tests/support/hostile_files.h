#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace scoria {

/// The message with which a file, or the folder it is in, is refused as a model's weights; "" if every tensor of it can
/// be listed and read. Fails the test where the refusal is not one line of Error (Input) that names a file or folder.
std::string weights_refusal(const std::filesystem::path& path);

/// The file at `path` cut short to every length. Returns how many were refused.
int count_refused_truncations(const std::filesystem::path& path, const std::string& whole);

/// The file at `path` with every bit of [first, last) flipped in turn. Returns how many were refused.
int count_refused_flips(const std::filesystem::path& path, const std::string& whole, std::size_t first,
                        std::size_t last);

}  // namespace scoria
