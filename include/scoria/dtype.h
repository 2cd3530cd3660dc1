#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace scoria {

/// How an element is stored. Arithmetic and accumulation are f32 whatever the storage.
enum class DType : std::uint8_t { f32, f16, bf16, i32, u32 };

/// Bytes of one element: 4 for f32, i32, u32; 2 for f16, bf16.
std::size_t size_bytes(DType dtype);
/// "f32", "f16", "bf16", "i32" or "u32".
std::string_view name(DType dtype);
/// True for f32, f16 and bf16.
bool is_float(DType dtype);

}  // namespace scoria
