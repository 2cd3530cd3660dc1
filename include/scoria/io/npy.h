#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "scoria/tensor.h"

namespace scoria {

/// Writes an array that numpy.load reads: format version 1.0, little-endian, C order, replacing the path atomically.
///
///   f32 '<f4'    f16 '<f2'    i32 '<i4'    u32 '<u4'
///
/// Equal arrays give equal bytes; the elements begin at a multiple of 64.
/// Throws Error (Usage) for bf16, which NumPy does not have, and for bytes that are not the size of desc; Error (Io)
/// where the operating system refuses.
/// Source: numpy.lib.format of NumPy's documentation.
void write_npy(const std::filesystem::path& path, const TensorDesc& desc, std::span<const std::byte> bytes);
void write_npy(const std::filesystem::path& path, const Tensor& tensor);

}  // namespace scoria
