// The Vulkan families of matmul, best first. A GPU takes tile, a software device panel, and basic serves what is left.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ops/dispatch_sizes.h"
#include "ops/matmul.h"
#include "ops/panels.h"
#include "ops/registers.h"

namespace scoria {
namespace {

// An operand as shaders take it: whether it lies transposed, and the elements between its stored rows.
bool lies_transposed(const MatrixView& v) { return v.column_stride != 1; }
std::int64_t stored_row(const MatrixView& v) { return lies_transposed(v) ? v.column_stride : v.row_stride; }

void append_view(std::vector<std::uint32_t>& words, const MatrixView& v) {
  words.insert(words.end(), {u32(v.offset), u32(v.outer_stride), u32(v.inner_stride), u32(stored_row(v))});
}

// Without a bias the shader still has the argument, and never reads it.
Operand bias_operand(const MatmulProblem& p) { return Operand::in(p.has_bias ? 2 : 0); }

// Parts of a batch with at most `limit` matrices each: the grid's z axis is short.
std::vector<MatmulProblem> batches_of(const MatmulProblem& p, std::int64_t limit) {
  if (p.batch() <= limit) return {p};
  MatmulProblem head = p, tail = p;
  const bool by_outer = p.outer > 1;
  const std::int64_t count = by_outer ? p.outer : p.inner, half = count / 2;
  (by_outer ? head.outer : head.inner) = half;
  (by_outer ? tail.outer : tail.inner) = count - half;
  for (MatrixView* v : {&tail.a, &tail.b, &tail.c}) v->offset += half * (by_outer ? v->outer_stride : v->inner_stride);
  std::vector<MatmulProblem> parts = batches_of(head, limit);
  const std::vector<MatmulProblem> rest = batches_of(tail, limit);
  parts.insert(parts.end(), rest.begin(), rest.end());
  return parts;
}

struct TileShape {
  std::uint32_t wg, bm, bn, bk, tm, tn;
  std::uint32_t shared_bytes() const { return 4 * bk * (bm + bn + 8); }
  // c, what four steps of k read of shared memory, the next slab, and addresses, as compilers have been seen to need.
  std::uint32_t registers() const { return tm * tn + 4 * (tm + tn) + bk * (bm + bn) / wg + 24; }
};

// Large first. The more of c an invocation owns, the fewer reads of shared memory per product; but 8 x 8 spills 150
// registers on Intel, and in a workgroup of 64 leaves GCN one wave a SIMD.
constexpr std::array<TileShape, 4> kTiles = {{
    {256, 128, 128, 16, 8, 8},
    {256, 128, 64, 16, 8, 4},
    {128, 64, 64, 16, 8, 4},
    {64, 32, 32, 16, 4, 4},
}};

std::int64_t tile_count(const MatmulProblem& p, const TileShape& t) {
  return p.batch() * ceil_div(p.m, t.bm) * ceil_div(p.n, t.bn);
}

bool tile_runs(const TileShape& t, const DeviceCaps& caps) {
  return t.wg <= caps.max_workgroup_invocations && t.shared_bytes() <= caps.shared_memory_bytes &&
         t.registers() <= lane_registers(caps);
}

// Workgroups that keep a device busy: two per compute unit, where the driver tells how many there are.
std::int64_t wanted_groups(const DeviceCaps& caps) { return 2 * (caps.compute_units ? caps.compute_units : 32); }

// The largest tile that still gives every compute unit work, else the smallest that runs.
const TileShape* choose_tile(const MatmulProblem& p, const DeviceCaps& caps) {
  const TileShape* chosen = nullptr;
  for (const TileShape& t : kTiles) {
    if (!tile_runs(t, caps)) continue;
    chosen = &t;
    if (tile_count(p, t) >= wanted_groups(caps)) break;
  }
  return chosen;
}

// Where even small tiles are few and k is long (weight gradients: k = tokens), several workgroups share one tile.
std::int64_t split_count(const MatmulProblem& p, const TileShape& t, const DeviceCaps& caps) {
  constexpr std::int64_t kLeastDepth = 256, kMostSplits = 16;
  const std::int64_t wanted = ceil_div(wanted_groups(caps), tile_count(p, t));
  return std::max<std::int64_t>(1, std::min({wanted, p.k / kLeastDepth, kMostSplits}));
}

// Whether quads along an operand's neighbours in memory begin at multiples of four elements and are whole.
bool is_aligned(const MatmulProblem& p) {
  const std::int64_t a_extent = lies_transposed(p.a) ? p.m : p.k, b_extent = lies_transposed(p.b) ? p.k : p.n;
  if ((a_extent | b_extent | p.n) % 4 != 0) return false;
  for (const MatrixView* v : {&p.a, &p.b, &p.c}) {
    if ((v->offset | v->outer_stride | v->inner_stride | stored_row(*v)) % 4 != 0) return false;
  }
  return true;
}

Dispatch reduce_dispatch(const MatmulProblem& p, std::int64_t splits, const DeviceCaps& caps) {
  Dispatch d;
  d.shader = "matmul_reduce";
  const std::uint32_t wg = std::min(64u, caps.max_workgroup_invocations);
  d.constants = {wg, p.has_bias};
  d.buffers = {Operand::scratch_read(0), Operand::out(0), bias_operand(p)};
  d.words = {u32(p.m),
             u32(p.n),
             u32(splits),
             u32(p.inner),
             u32(p.batch() * p.m * p.n),
             u32(p.c.offset),
             u32(p.c.outer_stride),
             u32(p.c.inner_stride),
             u32(p.c.row_stride)};
  d.grid = {u32(std::min<std::int64_t>(ceil_div(p.m * p.n, wg), 4096)), 1, u32(p.batch())};
  return d;
}

Dispatch tile_dispatch(const MatmulProblem& p, const TileShape& t, std::int64_t splits) {
  const std::int64_t chunk = splits == 1 ? p.k : round_up(ceil_div(p.k, splits), t.bk);
  const std::int64_t used = ceil_div(p.k, chunk);  // rounding up may leave the last ones nothing
  Dispatch d;
  d.shader = "matmul_tile";
  const bool bias = p.has_bias && splits == 1;
  d.constants = {t.wg, t.bm, t.bn, t.bk, t.tm, t.tn, lies_transposed(p.a), lies_transposed(p.b), is_aligned(p), bias};
  d.buffers = {Operand::in(0), Operand::in(1), splits == 1 ? Operand::out(0) : Operand::scratch_write(0),
               bias_operand(p)};
  d.words = {u32(p.m), u32(p.n), u32(p.k), u32(p.inner)};
  append_view(d.words, p.a);
  append_view(d.words, p.b);
  append_view(d.words, p.c);
  d.words.insert(d.words.end(), {u32(used), u32(chunk), u32(splits == 1 ? 0 : p.batch() * p.m * p.n), word(p.alpha)});
  d.grid = {u32(ceil_div(p.n, t.bn)), u32(ceil_div(p.m, t.bm)), u32(p.batch() * used)};
  return d;
}

PlannedKernel plan_tile(const OpCall& call, const DeviceCaps& caps) {
  const MatmulProblem p = matmul_problem(call);
  const TileShape* tile = choose_tile(p, caps);
  if (tile == nullptr) {
    return Refusal{fmt::format("needs workgroups of 64 and 5 KiB of shared memory; the device has {} and {} bytes",
                               caps.max_workgroup_invocations, caps.shared_memory_bytes)};
  }
  KernelPlan plan;
  const std::int64_t splits = split_count(p, *tile, caps);
  if (splits == 1) {
    plan.dispatches = {tile_dispatch(p, *tile, 1)};
  } else {
    MatmulProblem parts = p;
    parts.c = {0, p.inner * p.m * p.n, p.m * p.n, p.n, 1};
    Dispatch product = tile_dispatch(parts, *tile, splits);
    const std::int64_t used = product.grid[2] / p.batch();
    plan.scratch_bytes = {static_cast<std::uint64_t>(4 * used * p.batch() * p.m * p.n)};
    plan.dispatches = {std::move(product), reduce_dispatch(p, used, caps)};
  }
  if (!grid_fits(plan.dispatches[0], caps)) return Refusal{"more tiles than the grid's y and z axes hold"};
  return plan;
}

// What suits a software device, by measurement (shaders/matmul_panel.comp).
struct PanelShape {
  std::uint32_t lanes, tm, vectors, ku, gather;
  std::int64_t width() const { return lanes * vectors; }
};

// llvmpipe before 26 gathers whatever it loads in a loop, and then wants more products for each load (1024 x 768 x 768:
// 16 rows x 4 vectors 30 GFLOP/s, 8 x 4 26, 16 x 1 11); 26 loads vectors, and wants no more than its registers hold.
// Between passes of its loop 26 blends every accumulator by a mask: 64 of k a pass are 8 % faster than 32, 128 outgrow
// the instruction cache.
PanelShape panel_shape(const DeviceCaps& caps, std::int64_t k) {
  if (caps.is_llvmpipe && !loads_vectors(caps)) return {caps.subgroup_size, 16, 4, 16, 1};
  return {caps.subgroup_size, 16, 1, ceil_div(k, 32) % 2 == 0 ? 64u : 32u, 0};  // panels are padded to 32 of k
}

constexpr std::int64_t kChunkDepth = 1024;  // of k, whose panels stay in the cache between packing and product

// An operand's panels. A matrix that all products share (stride 0) is packed once.
Panels panels_of(const MatmulProblem& p, const MatrixView& view, std::int64_t rows, std::int64_t panel) {
  Panels panels;
  panels.view = view;
  panels.outer = view.outer_stride == 0 ? 1 : p.outer;
  panels.inner = view.inner_stride == 0 ? 1 : p.inner;
  panels.rows = rows;
  panels.columns = p.k;
  panels.panel = panel;
  return panels;
}

// How the product steps through them.
std::uint32_t outer_step(const Panels& p) { return p.outer == 1 ? 0 : u32(p.inner * p.elements()); }
std::uint32_t inner_step(const Panels& p) { return p.inner == 1 ? 0 : u32(p.elements()); }

Dispatch panel_dispatch(const MatmulProblem& p, const Panels& a, const Panels& b, const PanelShape& shape,
                        bool accumulate) {
  constexpr std::int64_t kCacheBytes = 256 * 1024;  // of a's panels, in the second-level cache beside one of b
  const std::int64_t group = std::max<std::int64_t>(1, kCacheBytes / (4 * a.depth() * shape.tm));
  Dispatch d;
  d.shader = "matmul_panel";
  const bool bias = p.has_bias && !accumulate;
  d.constants = {shape.lanes, shape.tm, shape.vectors, shape.ku, shape.gather, 1, bias, accumulate};
  d.subgroup_size = shape.lanes;
  d.buffers = {Operand::scratch_read(0), Operand::scratch_read(1), accumulate ? Operand::update(0) : Operand::out(0),
               bias_operand(p)};
  d.words = {u32(p.m),
             u32(p.n),
             u32(a.depth()),
             u32(group),
             u32(p.inner),
             outer_step(a),
             inner_step(a),
             outer_step(b),
             inner_step(b),
             u32(p.c.offset),
             u32(p.c.outer_stride),
             u32(p.c.inner_stride),
             u32(p.c.row_stride),
             word(p.alpha)};
  d.grid = {u32(ceil_div(p.n, shape.width())), u32(ceil_div(p.m, shape.tm)), u32(p.batch())};
  return d;
}

// The products of columns k0 .. k0 + p.k - 1 of a with as many rows of b, as a problem of its own.
MatmulProblem chunk_of(const MatmulProblem& p, std::int64_t k0) {
  MatmulProblem chunk = p;
  chunk.k = std::min(kChunkDepth, p.k - k0);
  chunk.a.offset += k0 * p.a.column_stride;
  chunk.b.offset += k0 * p.b.row_stride;
  return chunk;
}

PlannedKernel plan_panel(const OpCall& call, const DeviceCaps& caps) {
  if (!has_one_small_subgroup_size(caps)) {
    return Refusal{"needs one subgroup size, 16 at most: a workgroup is one subgroup"};
  }
  const MatmulProblem p = matmul_problem(call);
  KernelPlan plan;
  plan.scratch_bytes = {0, 0};
  for (std::int64_t k0 = 0; k0 < p.k; k0 += kChunkDepth) {
    const MatmulProblem chunk = chunk_of(p, k0);
    const PanelShape shape = panel_shape(caps, chunk.k);
    const Panels a = panels_of(chunk, chunk.a, p.m, shape.tm);
    const Panels b = panels_of(chunk, chunk.b.transposed(), p.n, shape.width());
    plan.scratch_bytes = {std::max(plan.scratch_bytes[0], a.bytes()), std::max(plan.scratch_bytes[1], b.bytes())};
    plan.dispatches.push_back(a.pack(Operand::in(0), Operand::scratch_write(0), shape.lanes, shape.gather));
    plan.dispatches.push_back(b.pack(Operand::in(1), Operand::scratch_write(1), shape.lanes, shape.gather));
    plan.dispatches.push_back(panel_dispatch(chunk, a, b, shape, k0 > 0));
  }
  for (const Dispatch& d : plan.dispatches) {
    if (!grid_fits(d, caps)) return Refusal{"more panels than the grid holds"};
  }
  return plan;
}

PlannedKernel plan_panel_on_cpu(const OpCall& call, const DeviceCaps& caps) {
  if (caps.device_class != DeviceClass::Cpu) return Refusal{"for software devices; a GPU is better served by tile"};
  return plan_panel(call, caps);
}

PlannedKernel plan_basic(const OpCall& call, const DeviceCaps& caps) {
  const std::uint32_t wg = std::min(64u, caps.max_workgroup_invocations);
  KernelPlan plan;
  for (const MatmulProblem& p : batches_of(matmul_problem(call), caps.max_workgroup_count[2])) {
    // Few elements with a long k (a head of two classes): a team of invocations for each.
    const bool few = caps.device_class != DeviceClass::Cpu && p.batch() * p.m * p.n < 16 * wanted_groups(caps);
    std::uint32_t span = 1;
    while (few && span * 2 <= wg && span * 16 <= p.k) span *= 2;
    Dispatch d;
    d.shader = "matmul_basic";
    d.constants = {wg, span, lies_transposed(p.a), lies_transposed(p.b), p.has_bias};
    d.buffers = {Operand::in(0), Operand::in(1), Operand::out(0), bias_operand(p)};
    d.words = {u32(p.m), u32(p.n), u32(p.k), u32(p.inner)};
    append_view(d.words, p.a);
    append_view(d.words, p.b);
    append_view(d.words, p.c);
    d.words.push_back(word(p.alpha));
    const std::int64_t groups = ceil_div(p.m * p.n, wg / span);
    d.grid = {u32(std::min<std::int64_t>(groups, caps.max_workgroup_count[0])), 1, u32(p.batch())};
    plan.dispatches.push_back(std::move(d));
  }
  return plan;
}

constexpr std::array<KernelChoice, 3> kKernels = {{
    {"panel", plan_panel_on_cpu},
    {"tile", plan_tile},
    {"basic", plan_basic},
}};

}  // namespace

std::span<const KernelChoice> matmul_kernels() { return kKernels; }

}  // namespace scoria
