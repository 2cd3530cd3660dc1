#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scoria/dtype.h"
#include "scoria/io/named_tensors.h"

namespace scoria {

/// What no file of tensors may exceed.
inline constexpr std::size_t kMaxTensors = 100'000;
inline constexpr std::size_t kMaxTensorRank = 8;
inline constexpr std::size_t kMaxTensorNameBytes = 512;

/// A dtype that a file may have; the names are safetensors'.
struct StoredDType {
  std::string_view name;
  std::uint64_t bytes;
  std::optional<DType> ours;  ///< none: known to exist, not computed with
};

/// nullptr if there is no such dtype.
const StoredDType* find_stored_dtype(std::string_view name);
/// The name under which files store a dtype.
std::string_view stored_name(DType dtype);

/// The tensor of the bytes that `fill` puts where it is told, as many as the dtype has; F64 becomes f32, rounded to the
/// nearest. Throws Error (Input) where the dtype is neither ours nor F64.
Tensor read_stored(const StoredTensor& stored, std::string_view where,
                   const std::function<void(std::span<std::byte>)>& fill);

/// The shape of sizes that a file gives for a tensor. Throws Error (Input) for more than kMaxTensorRank of them or
/// more elements than a Shape may have.
Shape checked_shape(std::span<const std::uint64_t> sizes, std::string_view where, std::string_view name);

/// A name from a file, for a message: quoted, escaped, cut.
std::string shown(std::string_view name);

/// Throws Error (Input) for a file that is not what its format says.
[[noreturn]] void fail_damaged(std::string_view where, std::string_view what);
/// Throws Error (Input): there is no tensor of this name.
[[noreturn]] void fail_absent(std::string_view where, std::string_view name);

}  // namespace scoria
