#include "ops/panels.h"

#include "ops/dispatch_sizes.h"

namespace scoria {
namespace {

constexpr std::int64_t kPackDepth = 32;  // columns that one workgroup packs

}  // namespace

std::int64_t Panels::depth() const { return round_up(columns, kPackDepth); }
std::int64_t Panels::elements() const { return round_up(rows, panel) * depth(); }
std::uint64_t Panels::bytes() const { return static_cast<std::uint64_t>(4 * outer * inner * elements()); }

Dispatch Panels::pack(Operand from, Operand to, std::uint32_t lanes, bool gather) const {
  const bool along_columns = view.column_stride == 1;
  Dispatch d;
  d.shader = "matmul_pack";
  d.constants = {lanes, u32(panel), u32(kPackDepth), along_columns, gather, 1, lengths.has_value()};
  d.subgroup_size = lanes;
  d.buffers = {from, to, lengths.value_or(from)};
  d.words = {u32(rows),
             u32(columns),
             u32(depth()),
             u32(inner),
             u32(view.offset),
             u32(view.outer_stride),
             u32(view.inner_stride),
             u32(along_columns ? view.row_stride : view.column_stride)};
  d.grid = {u32(ceil_div(rows, panel)), u32(depth() / kPackDepth), u32(outer * inner)};
  return d;
}

bool has_one_small_subgroup_size(const DeviceCaps& caps) {
  return caps.subgroup_size == caps.min_subgroup_size && caps.subgroup_size == caps.max_subgroup_size &&
         caps.subgroup_size <= 16;
}

bool loads_vectors(const DeviceCaps& caps) { return caps.is_llvmpipe && caps.driver_release[0] >= 26; }

}  // namespace scoria
