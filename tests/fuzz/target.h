#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// A fuzz target is one file that defines these two. `seeds` are valid inputs to start from: small, and together
/// covering what the format can say; `fuzz_x --write-seeds FOLDER` writes them.
std::vector<std::string> seeds();
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

inline std::string_view as_text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}
