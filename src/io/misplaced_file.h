#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace scoria {

/// How many of a file's first bytes refuse_misplaced() looks at.
inline constexpr std::size_t kTellingBytes = 512;

/// Throws Error (Input), one line with what is there and what to do, where a file's first bytes are what often stands
/// in the place of one that is wanted: nothing, a Git LFS pointer, a web page, an archive, or the weights of another
/// program. Files of weights and texts pass.
void refuse_misplaced(std::string_view first_bytes, const std::filesystem::path& path);

/// What a folder without weights holds instead, and what to do, for a message: "tf_model.h5, weights of TensorFlow;
/// ...". Empty if there is nothing that is known.
std::string other_weights(const std::filesystem::path& folder);

}  // namespace scoria
