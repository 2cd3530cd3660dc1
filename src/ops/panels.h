#pragma once

#include <cstdint>
#include <optional>

#include "graph/kernel_plan.h"
#include "ops/matmul.h"

namespace scoria {

/// Matrices as shaders/matmul_pack.comp cuts them: [outer * inner, rows / panel, depth, panel], so that a column of a
/// panel is `panel` consecutive floats, with zeros past the rows and columns that there are. With `lengths`, an i32 of
/// at least 1 for each outer matrix, rows past its own length are zeros too, whatever they hold.
struct Panels {
  MatrixView view;  ///< where element (row, column) of matrix (outer, inner) lies
  std::int64_t outer = 1, inner = 1;
  std::int64_t rows = 0, columns = 0;
  std::int64_t panel = 0;  ///< rows of a panel, a multiple of the lanes that pack it

  std::optional<Operand> lengths;

  std::int64_t depth() const;     ///< columns and their padding
  std::int64_t elements() const;  ///< of one matrix
  std::uint64_t bytes() const;    ///< of all
  /// One workgroup is one subgroup of `lanes`; `gather` as in shaders/common/lane_vector.glsl.
  Dispatch pack(Operand from, Operand to, std::uint32_t lanes, bool gather) const;
};

/// Whether every subgroup of the device has one size, which a workgroup can be: what reads panels wants it so.
bool has_one_small_subgroup_size(const DeviceCaps& caps);

/// Whether the driver makes one vector load of WG loads beside each other (llvmpipe from 26 on) and not a gather.
bool loads_vectors(const DeviceCaps& caps);

}  // namespace scoria
