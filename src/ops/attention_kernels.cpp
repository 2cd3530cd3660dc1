// The Vulkan families of attention and attention_grad, best first.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ops/attention.h"
#include "ops/dispatch_sizes.h"
#include "ops/panels.h"

namespace scoria {
namespace {

// Without dropout the shaders still have the argument, and never read it.
Operand rng_operand(const AttentionProblem& p, std::size_t rng_at) {
  return Operand::in(p.threshold != 0 ? static_cast<std::uint32_t>(rng_at) : 0);
}

void append_common_words(Dispatch& d, const AttentionProblem& p) {
  d.words.insert(d.words.end(), {u32(p.length), u32(p.heads), u32(p.size), word(attention_scale(p)), p.threshold,
                                 word(dropout_scale(p.threshold)), p.site, p.packed ? u32(p.tokens) : 0});
}

std::vector<Operand> forward_buffers(const AttentionProblem& p) {
  using namespace attention_input;
  return {Operand::in(Qkv), Operand::in(Lengths), rng_operand(p, Rng), Operand::out(0), Operand::out(1)};
}

// delta, the first scratch buffer, is made by delta_dispatch.
std::vector<Operand> grad_buffers(const AttentionProblem& p) {
  using namespace attention_grad_input;
  return {Operand::in(Qkv),     Operand::in(Dcontext), Operand::in(Lse), Operand::scratch_read(0),
          Operand::in(Lengths), rng_operand(p, Rng),   Operand::out(0)};
}

Dispatch delta_dispatch(const AttentionProblem& p, const DeviceCaps& caps) {
  using namespace attention_grad_input;
  Dispatch d;
  d.shader = "attention_delta";
  const std::uint32_t wg = std::min(64u, caps.max_workgroup_invocations);
  d.constants = {wg};
  d.buffers = {Operand::in(Context), Operand::in(Dcontext), Operand::scratch_write(0)};
  d.words = {u32(p.tokens * p.heads), u32(p.size)};
  d.grid = folded_grid(static_cast<std::uint64_t>(p.tokens * p.heads), wg, caps);
  return d;
}

std::uint64_t delta_bytes(const AttentionProblem& p) { return static_cast<std::uint64_t>(4 * p.tokens * p.heads); }

constexpr std::int64_t kBasicChunk = 16;  // columns an invocation of the basic shaders owns

// Appends to the plan as many dispatches as the grid's z axis makes of the sequences.
void append_basic(KernelPlan& plan, const AttentionProblem& p, const char* shader, const std::vector<Operand>& buffers,
                  const DeviceCaps& caps) {
  const std::uint32_t wg = std::min(64u, caps.max_workgroup_invocations);
  const auto per_sequence = static_cast<std::uint64_t>(p.length * p.heads * ceil_div(p.size, kBasicChunk));
  const std::int64_t most = caps.max_workgroup_count[2];
  for (std::int64_t first = 0; first < p.batch; first += most) {
    Dispatch d;
    d.shader = shader;
    d.constants = {wg, p.threshold != 0};
    d.buffers = buffers;
    d.words = {u32(first)};
    append_common_words(d, p);
    d.grid = folded_grid(per_sequence, wg, caps);
    d.grid[2] = u32(std::min(most, p.batch - first));
    plan.dispatches.push_back(std::move(d));
  }
}

PlannedKernel plan_basic(const OpCall& call, const DeviceCaps& caps) {
  const AttentionProblem p = attention_problem(call);
  KernelPlan plan;
  append_basic(plan, p, "attention_basic", forward_buffers(p), caps);
  return plan;
}

PlannedKernel plan_grad_basic(const OpCall& call, const DeviceCaps& caps) {
  const AttentionProblem p = attention_grad_problem(call);
  KernelPlan plan{{delta_dispatch(p, caps)}, {delta_bytes(p)}};
  append_basic(plan, p, "attention_grad_basic", grad_buffers(p), caps);
  return plan;
}

// DROPOUT of the shaders: whether the draws of 8 keys from a multiple of 8 on are one block of random numbers.
std::uint32_t dropout_mode(const AttentionProblem& p) { return p.threshold == 0 ? 0 : p.length % 8 == 0 ? 2 : 1; }

// Queries or keys a lane owns: the more, the fewer loads for a product. At S = 128, D = 64 on lavapipe 25.0 (forward,
// gradient): 2 a lane 37 and 190 ms, 4 a lane 27 and 117, 6 and 8 no better. On 26.1, one thread, a quarter of that
// batch: forward 1, 2 and 4 a lane 12, 11 and 13 ms; gradient, of panels, 1 a lane 31, of rows, 2 and 4 a lane 60
// and 68.
std::uint32_t rows_per_lane(const DeviceCaps& caps) { return loads_vectors(caps) ? 2 : 4; }

Dispatch lanes_dispatch(const AttentionProblem& p, const char* shader, std::uint32_t most_rows,
                        const DeviceCaps& caps) {
  Dispatch d;
  d.shader = shader;
  const std::uint32_t lanes = caps.subgroup_size;
  const std::uint32_t rows = std::clamp(u32(p.length) / lanes, 1u, most_rows);
  std::uint32_t unroll = 8;
  while (p.size % unroll != 0) unroll /= 2;
  d.constants = {lanes, rows, u32(p.size), unroll, dropout_mode(p)};
  append_common_words(d, p);
  d.grid = {u32(ceil_div(p.length, lanes * rows)), u32(p.heads), u32(p.batch)};
  return d;
}

std::string lanes_refusal(const AttentionProblem& p, const Dispatch& d, const DeviceCaps& caps) {
  if (caps.device_class != DeviceClass::Cpu) return "for software devices; a GPU is better served by tile";
  if (p.size > 128) return fmt::format("holds a head in registers: 128 columns at most, not {}", p.size);
  return grid_fits(d, caps) ? "" : "more heads or sequences than the grid holds";
}

PlannedKernel plan_lanes(const OpCall& call, const DeviceCaps& caps) {
  const AttentionProblem p = attention_problem(call);
  Dispatch d = lanes_dispatch(p, "attention_lanes", rows_per_lane(caps), caps);
  if (std::string reason = lanes_refusal(p, d, caps); !reason.empty()) return Refusal{std::move(reason)};
  d.buffers = forward_buffers(p);
  return KernelPlan{{d}, {}};
}

// Q, K, V and dO of every head in panels, as attention_grad_lanes reads them: scratch buffers 1 to 4.
void append_panels(KernelPlan& plan, const AttentionProblem& p, const DeviceCaps& caps) {
  using namespace attention_grad_input;
  constexpr std::int64_t kOthers = 8;  // C of the shader
  for (std::uint32_t part = 0; part < 4; ++part) {
    const bool is_dcontext = part == 3;
    const std::int64_t row = is_dcontext ? p.hidden() : 3 * p.hidden();
    Panels panels;
    panels.view = {is_dcontext ? 0 : part * p.hidden(), p.length * row, p.size, row, 1};
    panels.outer = p.batch;
    panels.inner = p.heads;
    panels.rows = p.length;
    panels.columns = p.size;
    panels.panel = std::max<std::int64_t>(kOthers, caps.subgroup_size);
    if (part == 1 || part == 2) panels.lengths = Operand::in(Lengths);  // keys and values, of which padding is none
    plan.dispatches.push_back(panels.pack(Operand::in(is_dcontext ? Dcontext : Qkv), Operand::scratch_write(1 + part),
                                          caps.subgroup_size, false));
    plan.scratch_bytes.push_back(panels.bytes());
  }
}

PlannedKernel plan_grad_lanes(const OpCall& call, const DeviceCaps& caps) {
  const AttentionProblem p = attention_grad_problem(call);
  // What packs panels knows of matrices a fixed way apart only.
  const bool panels = !p.packed && loads_vectors(caps) && has_one_small_subgroup_size(caps);
  Dispatch queries = lanes_dispatch(p, "attention_grad_lanes", panels ? 1 : rows_per_lane(caps), caps);
  if (std::string reason = lanes_refusal(p, queries, caps); !reason.empty()) return Refusal{std::move(reason)};
  queries.buffers = grad_buffers(p);
  for (std::uint32_t part = 0; part < 4; ++part) {
    queries.buffers.push_back(panels ? Operand::scratch_read(1 + part) : Operand::in(0));
  }
  if (panels) queries.subgroup_size = caps.subgroup_size;
  Dispatch keys = queries;
  queries.constants.insert(queries.constants.end(), {0, panels});
  keys.constants.insert(keys.constants.end(), {1, panels});
  KernelPlan plan{{delta_dispatch(p, caps)}, {delta_bytes(p)}};
  if (panels) append_panels(plan, p, caps);
  plan.dispatches.push_back(std::move(queries));
  plan.dispatches.push_back(std::move(keys));
  for (const Dispatch& d : plan.dispatches) {
    if (!grid_fits(d, caps)) return Refusal{"more heads or sequences than the grid holds"};
  }
  return plan;
}

// Rows of queries (or keys) of a tile, largest first that leaves every compute unit work; four invocations a row.
constexpr std::array<std::uint32_t, 3> kTileRows = {64, 32, 16};
std::uint32_t tile_invocations(std::uint32_t rows) { return 4 * rows; }

// Of a head's row in shared memory (shaders/common/head_quads.glsl).
std::uint32_t row_quads(const AttentionProblem& p) {
  const std::uint32_t quads = u32(ceil_div(p.size, 4));
  return quads % 8 == 0 ? quads : quads | 1;
}
std::uint32_t tile_shared_bytes(const AttentionProblem& p, std::uint32_t rows) {
  return 16 * (rows + 32) * row_quads(p) + 128 * rows;
}
// Of the half that has keys for its own rows, the larger one.
std::uint32_t grad_tile_shared_bytes(const AttentionProblem& p, std::uint32_t rows) {
  return 16 * 2 * 32 * row_quads(p) + 16 * rows * 16;
}

std::uint32_t choose_tile_rows(const AttentionProblem& p, const DeviceCaps& caps,
                               std::uint32_t (*shared_bytes)(const AttentionProblem&, std::uint32_t)) {
  const std::int64_t busy = 2 * (caps.compute_units ? caps.compute_units : 32);
  std::uint32_t chosen = 0;
  for (const std::uint32_t rows : kTileRows) {
    const std::uint32_t invocations = tile_invocations(rows);
    if (invocations > caps.max_workgroup_invocations || shared_bytes(p, rows) > caps.shared_memory_bytes) continue;
    chosen = rows;
    // A compute unit runs four of its smallest subgroups side by side (GCN, NVIDIA, Apple) or more: fewer in a
    // workgroup leave lanes idle, also where workgroups are few.
    if (invocations <= 4 * caps.min_subgroup_size) break;
    if (rows <= p.length && p.batch * p.heads * ceil_div(p.length, rows) >= busy) break;
  }
  return chosen;
}

Dispatch tile_dispatch(const AttentionProblem& p, const char* shader, std::uint32_t rows) {
  Dispatch d;
  d.shader = shader;
  d.constants = {tile_invocations(rows), rows, u32(p.size), p.size % 4 == 0, p.threshold != 0};
  append_common_words(d, p);
  d.grid = {u32(ceil_div(p.length, rows)), u32(p.heads), u32(p.batch)};
  return d;
}

std::string tile_refusal(const AttentionProblem& p, std::uint32_t rows, const DeviceCaps& caps) {
  if (p.size > 256) return fmt::format("holds a head in registers: 256 columns at most, not {}", p.size);
  if (rows == 0) {
    return fmt::format("needs more shared memory than {} bytes for heads of {}", caps.shared_memory_bytes, p.size);
  }
  return grid_fits(tile_dispatch(p, "", rows), caps) ? "" : "more heads or sequences than the grid holds";
}

PlannedKernel plan_tile(const OpCall& call, const DeviceCaps& caps) {
  const AttentionProblem p = attention_problem(call);
  const std::uint32_t rows = choose_tile_rows(p, caps, tile_shared_bytes);
  if (std::string reason = tile_refusal(p, rows, caps); !reason.empty()) return Refusal{std::move(reason)};
  Dispatch d = tile_dispatch(p, "attention_tile", rows);
  d.buffers = forward_buffers(p);
  return KernelPlan{{d}, {}};
}

PlannedKernel plan_grad_tile(const OpCall& call, const DeviceCaps& caps) {
  const AttentionProblem p = attention_grad_problem(call);
  const std::uint32_t rows = choose_tile_rows(p, caps, grad_tile_shared_bytes);
  if (std::string reason = tile_refusal(p, rows, caps); !reason.empty()) return Refusal{std::move(reason)};
  Dispatch queries = tile_dispatch(p, "attention_grad_tile", rows);
  queries.buffers = grad_buffers(p);
  Dispatch keys = queries;
  queries.constants.push_back(0);
  keys.constants.push_back(1);
  return KernelPlan{{delta_dispatch(p, caps), queries, keys}, {delta_bytes(p)}};
}

constexpr std::array<KernelChoice, 3> kKernels = {{
    {"lanes", plan_lanes},
    {"tile", plan_tile},
    {"basic", plan_basic},
}};
constexpr std::array<KernelChoice, 3> kGradKernels = {{
    {"lanes", plan_grad_lanes},
    {"tile", plan_grad_tile},
    {"basic", plan_grad_basic},
}};

}  // namespace

std::span<const KernelChoice> attention_kernels() { return kKernels; }
std::span<const KernelChoice> attention_grad_kernels() { return kGradKernels; }

}  // namespace scoria
