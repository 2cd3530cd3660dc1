#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
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

/// The same file of a matrix f32 [rows, columns] whose rows come one after another: memory does not grow with them.
///
///     NpyRows rows("vectors.npy", 384);
///     rows.append(vector);
///     rows.commit();
///
/// Without commit() nothing is left. Throws Error (Usage) for values that are not whole rows; Error (Io) as write_npy.
class NpyRows {
 public:
  NpyRows(const std::filesystem::path& path, std::int64_t columns);
  ~NpyRows();

  void append(std::span<const float> values);
  std::int64_t columns() const;
  /// Puts the number of rows into the header and the file in its place.
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scoria
