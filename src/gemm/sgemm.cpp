// c in steps: for each slab of b (some rows and columns) panels are packed, for each chunk of a's rows these are copied
// where they lie badly, then tiles of c are computed, task by task. The operands of the next step are packed beside
// those in use, so that threads wait for each other once a step, and who is early packs.
// How a product is cut cannot change a bit of it: an element's sum goes through c from slab to slab, unrounded.

#include "gemm/sgemm.h"

#include <algorithm>

#include "base/check.h"
#include "base/parallel.h"
#include "gemm/huge_floats.h"
#include "gemm/packing.h"
#include "gemm/tile.h"

namespace scoria {
namespace {

// Of b: so many rows that BERT's inner axes mostly take one pass over c, as c passes through memory each time; so many
// columns that two slabs (4 MiB each) stay in the last cache. A product on one thread of many keeps to a share.
constexpr std::int64_t kSlabRows = 1024, kSlabFloats = 1 << 20, kSlabColumnsAlone = 512;
// Of a: copies of a step's rows, two of them as well.
constexpr std::int64_t kChunkFloats = 1 << 19;
// Of c. A thread takes tasks as it gets free; four for each keep a disturbed one from holding up the others.
constexpr std::int64_t kTaskRows = 112, kTaskColumns = 768, kTasksPerThread = 4;
// Rows whose distance is a multiple of 4 KiB would share one set of the first cache; copies lie a cache line apart.
constexpr std::int64_t kConflictStride = 1024, kLine = 16;
// With fewer panels a copy of a's rows is not read often enough.
constexpr std::int64_t kPanelsForCopies = 4;
// Packed at once by a thread: steps of k, rows, panels. Steps before the next tile, as the lines of a lie pages apart.
constexpr std::int64_t kPackedSteps = 64, kStepsAtOnce = 16, kCopiedRows = 64, kPackedPanels = 16;
// So few rows do not pay for a copy of b.
constexpr std::int64_t kMostRowsInPlace = 64;
// A thread more is not worth waking for fewer multiply-adds.
constexpr std::int64_t kThreadWork = 1 << 18;

const MicroKernels& kernels_of(CpuIsa isa) {
  switch (isa) {
    case CpuIsa::Avx512:
      return micro_kernels_avx512();
    case CpuIsa::Avx2:
      return micro_kernels_avx2();
    case CpuIsa::Baseline:
      break;
  }
  return micro_kernels_baseline();
}

std::int64_t parts(std::int64_t n, std::int64_t part) { return (n + part - 1) / part; }

std::int64_t round_up(std::int64_t n, std::int64_t part) { return parts(n, part) * part; }

// What is computed between two waits: rows row .. row + k - 1 and columns column .. column + columns - 1 of b times
// rows first .. first + rows - 1 of a.
struct Step {
  std::int64_t column, columns, row, k, first, rows;
  std::int64_t slab = 0, chunk = 0;  // how many before: their parity says which memory they are packed into
};

class Product {
 public:
  /// `alone`: scratch memory for the caller's thread alone; nullptr: all threads.
  Product(const SgemmCall& call, float* alone, CpuIsa isa)
      : p_(call),
        kernels_(kernels_of(isa)),
        panel_width_(kernels_.columns),
        threads_(alone ? 1 : threads_for(call)),
        slab_columns_(alone ? kSlabColumnsAlone
                            : std::max(panel_width_, kSlabFloats / std::min(kSlabRows, call.k) / 256 * 256)),
        is_alone_(alone != nullptr),
        panels_{alone, alone} {
    SCORIA_CHECK(!p_.accumulate || (p_.alpha == 1.0f && p_.bias == nullptr), "a plain sum to add to c");
  }

  void run() {
    if (p_.m == 0 || p_.n == 0 || p_.k == 0) return;
    if (!is_alone_) take_memory();
    SharedWork packing(threads_), computing(threads_);
    parallel_region(threads_, [&](int thread, int threads) {
      SharedWork::Taker pack(packing, thread, threads), compute(computing, thread, threads);
      Step step = first_step();
      pack_step(step, pack);
      for (bool has_more = true; has_more;) {
        if (threads > 1) wait_for_region();
        compute_step(step, compute);
        has_more = advance(step);
        if (has_more) pack_step(step, pack);
      }
    });
  }

 private:
  static int threads_for(const SgemmCall& call) {
    const std::int64_t worth = call.m * call.n * call.k / kThreadWork + 1;
    return static_cast<int>(std::min<std::int64_t>(thread_count(), worth));
  }

  void take_memory() {
    thread_local HugeFloats slabs[2], chunks[2];
    const std::int64_t columns = round_up(std::min(p_.n, slab_columns_), panel_width_);
    const std::int64_t k = std::min(p_.k, kSlabRows);
    const bool is_one_slab = columns >= p_.n && k == p_.k, is_one_chunk = is_one_slab && chunk_rows() >= p_.m;
    panels_[0] = slabs[0].at_least(k * columns);
    panels_[1] = is_one_slab ? nullptr : slabs[1].at_least(k * columns);
    if (!copies_a()) return;
    copies_[0] = chunks[0].at_least(std::min(chunk_rows(), p_.m) * copy_stride(k));
    copies_[1] = is_one_chunk ? nullptr : chunks[1].at_least(std::min(chunk_rows(), p_.m) * copy_stride(k));
  }

  bool is_row_major() const { return p_.a.column_stride == 1; }
  // A task reads its rows of a once a panel: best from memory of their own where they lie far apart.
  bool copies_a() const {
    return !is_alone_ && p_.n >= kPanelsForCopies * panel_width_ &&
           (!is_row_major() || p_.a.row_stride % kConflictStride == 0);
  }
  bool reads_b_in_place() const { return p_.b.column_stride == 1 && p_.m <= kMostRowsInPlace; }
  // Floats of a copied row of k: row by row a line more, so that rows lie in different sets.
  std::int64_t copy_stride(std::int64_t k) const { return is_row_major() ? round_up(k, kLine) + kLine : k; }
  std::int64_t chunk_rows() const {
    return copies_a() ? std::max(kMostRowsInPlace, kChunkFloats / copy_stride(std::min(p_.k, kSlabRows))) : p_.m;
  }

  Step first_step() const {
    return {0, std::min(slab_columns_, p_.n), 0, std::min(kSlabRows, p_.k), 0, std::min(chunk_rows(), p_.m)};
  }
  // The chunks of a slab, then the slab below, which adds to the same columns, then the next columns.
  bool advance(Step& step) const {
    ++step.chunk;
    step.first += step.rows;
    if (step.first == p_.m) {
      ++step.slab;
      step.first = 0;
      step.row += step.k;
      if (step.row == p_.k) {
        step.row = 0;
        step.column += step.columns;
        step.columns = std::min(slab_columns_, p_.n - step.column);
      }
      step.k = std::min(kSlabRows, p_.k - step.row);
    }
    step.rows = std::min(chunk_rows(), p_.m - step.first);
    return step.column < p_.n;
  }

  std::int64_t panel_count(const Step& step) const { return parts(step.columns, panel_width_); }
  std::int64_t width_of(const Step& step, std::int64_t panel) const {
    return std::min(panel_width_, step.columns - panel * panel_width_);
  }
  float* panels_of(const Step& step) const { return panels_[step.slab % 2]; }
  float* copies_of(const Step& step) const { return copies_[step.chunk % 2]; }

  void pack_step(const Step& step, SharedWork::Taker& taker) const {
    const std::int64_t of_b = step.first == 0 ? packed_pieces(step) : 0;
    const std::int64_t of_a = copies_a() ? copied_pieces(step) : 0;
    taker.round(of_b + of_a, [&](std::int64_t piece) {
      if (piece < of_b)
        pack_piece(step, piece);
      else
        copy_piece(step, piece - of_b);
    });
  }

  // A transposed panel is rows of memory, so whole panels are packed; of others some rows of several.
  std::int64_t packed_pieces(const Step& step) const {
    const std::int64_t panels = panel_count(step);
    if (reads_b_in_place()) return width_of(step, panels - 1) < panel_width_ ? 1 : 0;
    return p_.b.column_stride != 1 ? panels : parts(step.k, kPackedSteps) * panel_groups(step);
  }

  // As many as threads at least, so that each packs what it reads.
  std::int64_t panel_groups(const Step& step) const {
    return std::min(panel_count(step), round_up(parts(panel_count(step), kPackedPanels), threads_));
  }

  void pack_piece(const Step& step, std::int64_t piece) const {
    const SgemmOperand b{p_.b.data + step.column * p_.b.column_stride, p_.b.row_stride, p_.b.column_stride};
    PanelRange range{step.row, step.k, step.columns, panel_width_, piece, 1, step.k * panel_width_};
    std::int64_t first_step = 0;
    if (reads_b_in_place()) {
      range.first = panel_count(step) - 1;
    } else if (p_.b.column_stride == 1) {
      const std::int64_t slices = parts(step.k, kPackedSteps), groups = panel_groups(step);
      first_step = piece % slices * kPackedSteps;
      range.row += first_step;
      range.k = std::min(kPackedSteps, step.k - first_step);
      range.first = panel_count(step) * (piece / slices) / groups;
      range.count = panel_count(step) * (piece / slices + 1) / groups - range.first;
    }
    pack_panels(b, range, panels_of(step) + range.first * range.stride + first_step * panel_width_);
  }

  std::int64_t copied_pieces(const Step& step) const {
    return is_row_major() ? parts(step.rows, kCopiedRows) : parts(step.k, kPackedSteps);
  }

  void copy_piece(const Step& step, std::int64_t piece) const {
    if (is_row_major())
      copy_rows(step, piece * kCopiedRows, std::min((piece + 1) * kCopiedRows, step.rows));
    else
      copy_tiles(step, piece * kPackedSteps, std::min((piece + 1) * kPackedSteps, step.k));
  }

  void copy_rows(const Step& step, std::int64_t first, std::int64_t last) const {
    for (std::int64_t row = first; row < last; ++row)
      std::copy_n(p_.a.data + (step.first + row) * p_.a.row_stride + step.row, step.k,
                  copies_of(step) + row * copy_stride(step.k));
  }

  // Some steps of k of all tiles, whose rows are read in long runs.
  void copy_tiles(const Step& step, std::int64_t first, std::int64_t last) const {
    const Cut cut = cut_of(step);
    for (std::int64_t k = first; k < last; k += kStepsAtOnce) {
      for (std::int64_t task = 0; task < cut.row_tasks; ++task) {
        for_tiles(rows_of(step, cut, task), [&](Rows tile) {
          const std::int64_t height = tile.last - tile.first;
          pack_rows(p_.a, step.first + tile.first, height, step.row + k, std::min(kStepsAtOnce, last - k),
                    copies_of(step) + tile.first * step.k + k * height);
        });
      }
    }
  }

  // The tasks of a step. Threads take neighbouring ones: rows of c where it is tall, so that they read few rows of a
  // that another wrote, columns where it is wide, so that they read few panels that another packed.
  struct Cut {
    std::int64_t row_tasks, column_tasks;
    bool is_by_columns;
  };
  Cut cut_of(const Step& step) const {
    const std::int64_t wanted = threads_ == 1 ? 1 : kTasksPerThread * threads_, panels = panel_count(step);
    const std::int64_t least_rows = parts(step.rows, kTaskRows), least_columns = parts(step.columns, kTaskColumns);
    if (step.columns > 2 * step.rows) {
      const std::int64_t columns = std::min(panels, std::max(least_columns, wanted));
      return {std::min(parts(step.rows, kernels_.rows), std::max(least_rows, parts(wanted, columns))), columns, true};
    }
    const std::int64_t rows = std::min(parts(step.rows, kernels_.rows), std::max(least_rows, wanted));
    return {rows, std::min(panels, std::max(least_columns, parts(wanted, rows))), false};
  }

  // Rows of a step, from its first on.
  struct Rows {
    std::int64_t first, last;
  };
  static Rows rows_of(const Step& step, const Cut& cut, std::int64_t row_task) {
    return {step.rows * row_task / cut.row_tasks, step.rows * (row_task + 1) / cut.row_tasks};
  }

  void compute_step(const Step& step, SharedWork::Taker& taker) const {
    const Cut cut = cut_of(step);
    const std::int64_t panels = panel_count(step);
    taker.round(cut.row_tasks * cut.column_tasks, [&](std::int64_t task) {
      const std::int64_t row_task = cut.is_by_columns ? task % cut.row_tasks : task / cut.column_tasks;
      const std::int64_t column_task = cut.is_by_columns ? task / cut.row_tasks : task % cut.column_tasks;
      const Rows rows = rows_of(step, cut, row_task);
      for (std::int64_t panel = panels * column_task / cut.column_tasks;
           panel < panels * (column_task + 1) / cut.column_tasks; ++panel)
        for_tiles(rows, [&](Rows tile) { compute_tile(step, panel, tile); });
    });
  }

  // Tiles of about one height: a low one would have too few sums to hide the latency of a multiply-add.
  template <typename Body>
  void for_tiles(Rows rows, const Body& body) const {
    const std::int64_t count = rows.last - rows.first, tiles = parts(count, kernels_.rows);
    for (std::int64_t tile = 0; tile < tiles; ++tile)
      body(Rows{rows.first + count * tile / tiles, rows.first + count * (tile + 1) / tiles});
  }

  void compute_tile(const Step& step, std::int64_t panel, Rows rows) const {
    const std::int64_t column = step.column + panel * panel_width_, height = rows.last - rows.first;
    const std::int64_t first = step.first + rows.first, width = width_of(step, panel);
    Tile t{};
    t.k = step.k;
    if (copies_of(step) != nullptr) {
      t.a = copies_of(step) + rows.first * copy_stride(step.k);
      t.a_stride = is_row_major() ? copy_stride(step.k) : height;
    } else {
      t.a = p_.a.data + first * p_.a.row_stride + step.row * p_.a.column_stride;
      t.a_stride = is_row_major() ? p_.a.row_stride : p_.a.column_stride;
    }
    const bool is_whole = width == panel_width_, is_in_place = reads_b_in_place() && is_whole;
    t.b =
        is_in_place ? p_.b.data + step.row * p_.b.row_stride + column : panels_of(step) + panel * step.k * panel_width_;
    t.b_stride = is_in_place ? p_.b.row_stride : panel_width_;
    t.c = p_.c + first * p_.c_stride + column;
    t.c_stride = p_.c_stride;
    t.resume = step.row > 0 || p_.accumulate;
    t.is_last = step.row + step.k == p_.k;
    t.alpha = p_.alpha;
    t.bias = p_.bias ? p_.bias + column : nullptr;
    const TileFn compute = (is_row_major() ? kernels_.row_major : kernels_.k_major)[height - 1];
    if (is_whole)
      compute(t);
    else
      compute_narrow(t, compute, height, width);
  }

  // The last columns of c, through a tile of full width.
  void compute_narrow(Tile t, TileFn compute, std::int64_t height, std::int64_t width) const {
    alignas(64) float c[kMostRows * kMostColumns];
    alignas(64) float bias[kMostColumns] = {};
    float* to = t.c;
    const std::int64_t stride = t.c_stride;
    for (std::int64_t i = 0; t.resume && i < height; ++i) std::copy_n(to + i * stride, width, c + i * panel_width_);
    if (t.bias != nullptr) {
      std::copy_n(t.bias, width, bias);
      t.bias = bias;
    }
    t.c = c;
    t.c_stride = panel_width_;
    compute(t);
    for (std::int64_t i = 0; i < height; ++i) std::copy_n(c + i * panel_width_, width, to + i * stride);
  }

  const SgemmCall p_;
  const MicroKernels& kernels_;
  const std::int64_t panel_width_;
  const int threads_;
  const std::int64_t slab_columns_;
  const bool is_alone_;
  float *panels_[2], *copies_[2] = {nullptr, nullptr};
};

}  // namespace

void sgemm(const SgemmCall& call, CpuIsa isa) { Product(call, nullptr, isa).run(); }

void sgemm_alone(const SgemmCall& call, float* scratch, CpuIsa isa) { Product(call, scratch, isa).run(); }

std::int64_t sgemm_scratch_floats(std::int64_t n, std::int64_t k) {
  return std::min(k, kSlabRows) * parts(std::min(n, kSlabColumnsAlone), kMostColumns) * kMostColumns;
}

}  // namespace scoria
