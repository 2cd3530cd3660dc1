#include "ops/scatter_rows.h"

namespace scoria {

void append_scatter_chains(KernelPlan& plan, const ScatterSizes& sizes, Operand rows, Operand x, Operand out, bool keep,
                           const DeviceCaps& caps) {
  constexpr std::uint32_t kWorkgroup = 64;
  const auto links = static_cast<std::uint32_t>(plan.scratch_bytes.size());
  plan.scratch_bytes.push_back(static_cast<std::uint64_t>(sizes.rows) * 4);
  const auto row_words = static_cast<std::uint32_t>(sizes.rows);
  const auto count_words = static_cast<std::uint32_t>(sizes.row_count);

  Dispatch link;
  link.shader = "scatter_add_rows_link";
  link.constants = {kWorkgroup};
  link.buffers = {rows, Operand::scratch_write(links)};
  link.words = {row_words, count_words};
  link.grid = folded_grid(static_cast<std::uint64_t>(sizes.rows), kWorkgroup, caps);
  plan.dispatches.push_back(link);

  Dispatch walk;
  walk.shader = "scatter_add_rows";
  walk.constants = {kWorkgroup, keep};
  walk.buffers = {rows, x, Operand::scratch_read(links), out};
  walk.words = {row_words, static_cast<std::uint32_t>(sizes.width)};
  walk.grid = folded_grid(static_cast<std::uint64_t>(sizes.rows * sizes.width), kWorkgroup, caps);
  plan.dispatches.push_back(walk);
}

}  // namespace scoria
