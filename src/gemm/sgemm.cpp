// c in blocks: for each slab of b (some rows and columns) the panels are packed, then tiles of c computed, task by task.
// How a product is cut cannot change a bit of it: an element's sum goes through c from slab to slab, unrounded.

#include "gemm/sgemm.h"

#include <omp.h>

#include <algorithm>
#include <memory>
#include <new>

#include "base/check.h"
#include "base/parallel.h"
#include "gemm/packing.h"
#include "gemm/tile.h"

namespace scoria {
namespace {

// Of b: so many rows that BERT's inner axes mostly take one pass over c, as c passes through memory each time; so many
// columns that a slab (8 MiB) stays in the last cache. A product on one thread of many keeps to a share.
constexpr std::int64_t kSlabRows = 1024, kSlabColumns = 2048, kSlabColumnsAlone = 512;
// Of c. A thread takes tasks as it gets free; four for each keep a disturbed one from holding up the others.
constexpr std::int64_t kTaskRows = 112, kTaskColumns = 768, kTasksPerThread = 4;
// Rows whose distance is a multiple of 4 KiB would share one set of the first cache; copies lie a cache line apart.
constexpr std::int64_t kCopyStride = kSlabRows + 16, kConflictStride = 1024;
constexpr std::int64_t kBlockFloats = (kTaskRows + kMostRows) * kCopyStride;
// With fewer panels a copy of a's rows is not read often enough.
constexpr std::int64_t kPanelsForCopies = 4, kStepsAtOnce = 16;
// So few rows do not pay for a copy of b.
constexpr std::int64_t kMostRowsInPlace = 64;

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

// Memory on a boundary of cache lines that grows and never shrinks.
class Floats {
 public:
  float* at_least(std::int64_t count) {
    if (count > count_) {
      memory_.reset();
      count_ = 0;
      memory_.reset(static_cast<float*>(::operator new(static_cast<std::size_t>(count) * sizeof(float), kLine)));
      count_ = count;
    }
    return memory_.get();
  }

 private:
  static constexpr std::align_val_t kLine{64};
  struct Free {
    void operator()(float* memory) const { ::operator delete(memory, kLine); }
  };
  std::unique_ptr<float, Free> memory_;
  std::int64_t count_ = 0;
};

class Product {
 public:
  /// `alone`: scratch memory for the caller's thread alone; nullptr: all threads.
  Product(const SgemmCall& call, float* alone, CpuIsa isa)
      : p_(call),
        kernels_(kernels_of(isa)),
        panel_width_(kernels_.columns),
        threads_(alone ? 1 : thread_count()),
        slab_columns_(alone ? kSlabColumnsAlone : kSlabColumns),
        is_alone_(alone != nullptr),
        panels_(alone) {
    SCORIA_CHECK(!p_.accumulate || (p_.alpha == 1.0f && p_.bias == nullptr), "a plain sum to add to c");
  }

  void run() {
    if (!is_alone_) take_memory();
    for (std::int64_t column = 0; column < p_.n; column += slab_columns_) {
      for (std::int64_t row = 0; row < p_.k; row += kSlabRows) {
        set_slab(row, column);
        pack_slab();
        compute_slab();
      }
    }
  }

 private:
  void take_memory() {
    thread_local Floats slab, blocks;
    const std::int64_t columns = parts(std::min(p_.n, slab_columns_), panel_width_) * panel_width_;
    panels_ = slab.at_least(std::min(p_.k, kSlabRows) * columns);
    if (copies_a()) blocks_ = blocks.at_least(threads_ * kBlockFloats);
  }

  bool is_row_major() const { return p_.a.column_stride == 1; }
  // A task reads its rows of a once a panel: best from memory of their own where they lie far apart.
  bool copies_a() const {
    return p_.n >= kPanelsForCopies * panel_width_ && (!is_row_major() || p_.a.row_stride % kConflictStride == 0);
  }
  bool reads_b_in_place() const { return p_.b.column_stride == 1 && p_.m <= kMostRowsInPlace; }

  void set_slab(std::int64_t row, std::int64_t column) {
    row_ = row;
    k_ = std::min(kSlabRows, p_.k - row);
    column_ = column;
    columns_ = std::min(slab_columns_, p_.n - column);
    panel_count_ = parts(columns_, panel_width_);
  }

  template <typename Body>
  void for_all(std::int64_t count, const Body& body) const {
    if (is_alone_)
      body(std::int64_t{0}, count);
    else
      parallel_for(count, 1, body);
  }

  std::int64_t width_of(std::int64_t panel) const { return std::min(panel_width_, columns_ - panel * panel_width_); }

  void pack_slab() const {
    const SgemmOperand b{p_.b.data + column_ * p_.b.column_stride, p_.b.row_stride, p_.b.column_stride};
    const auto pack = [&](std::int64_t first, std::int64_t last) {
      pack_panels(b, {row_, k_, columns_, panel_width_, first, last - first}, panels_ + first * k_ * panel_width_);
    };
    if (!reads_b_in_place())
      for_all(panel_count_, pack);
    else if (width_of(panel_count_ - 1) < panel_width_)
      pack(panel_count_ - 1, panel_count_);
  }

  void compute_slab() const {
    const std::int64_t wanted = threads_ == 1 ? 1 : kTasksPerThread * threads_;
    const std::int64_t rows = parts(parts(p_.m, wanted), kernels_.rows) * kernels_.rows;
    const std::int64_t row_tasks = parts(p_.m, std::min(kTaskRows, rows));
    const std::int64_t column_tasks =
        std::min(panel_count_, std::max(parts(columns_, kTaskColumns), parts(wanted, row_tasks)));
    for_all(row_tasks * column_tasks, [&](std::int64_t first, std::int64_t last) {
      // The thread's number is that of a region around this product if there is one: then there is one block.
      float* block = blocks_ ? blocks_ + (threads_ == 1 ? 0 : omp_get_thread_num()) * kBlockFloats : nullptr;
      std::int64_t copied = -1;
      for (std::int64_t task = first; task < last; ++task) {
        const std::int64_t row_task = task / column_tasks, column_task = task % column_tasks;
        const Rows of_task{p_.m * row_task / row_tasks, p_.m * (row_task + 1) / row_tasks};
        if (block != nullptr && row_task != copied) copy_rows(of_task, block);
        copied = row_task;
        compute_task(of_task, panel_count_ * column_task / column_tasks,
                     panel_count_ * (column_task + 1) / column_tasks, block);
      }
    });
  }

  struct Rows {
    std::int64_t first, last;
  };

  // Tiles of about one height: a low one would have too few sums to hide the latency of a multiply-add.
  template <typename Body>
  void for_tiles(Rows rows, const Body& body) const {
    const std::int64_t count = rows.last - rows.first, tiles = parts(count, kernels_.rows);
    for (std::int64_t tile = 0; tile < tiles; ++tile)
      body(Rows{rows.first + count * tile / tiles, rows.first + count * (tile + 1) / tiles});
  }

  std::int64_t place_in_block(Rows of_task, Rows tile) const {
    return (tile.first - of_task.first) * (is_row_major() ? kCopyStride : k_);
  }

  void copy_rows(Rows of_task, float* block) const {
    if (is_row_major()) {
      for (std::int64_t row = of_task.first; row < of_task.last; ++row)
        std::copy_n(p_.a.data + row * p_.a.row_stride + row_, k_, block + (row - of_task.first) * kCopyStride);
      return;
    }
    // Few steps at once: the lines of a lie pages apart, and every tile takes a part of each.
    for (std::int64_t step = 0; step < k_; step += kStepsAtOnce) {
      for_tiles(of_task, [&](Rows tile) {
        const std::int64_t height = tile.last - tile.first;
        pack_rows(p_.a, tile.first, height, row_ + step, std::min(kStepsAtOnce, k_ - step),
                  block + place_in_block(of_task, tile) + step * height);
      });
    }
  }

  void compute_task(Rows of_task, std::int64_t first_panel, std::int64_t last_panel, const float* block) const {
    for (std::int64_t panel = first_panel; panel < last_panel; ++panel) {
      for_tiles(of_task, [&](Rows rows) {
        compute_tile(panel, rows, block != nullptr ? block + place_in_block(of_task, rows) : nullptr);
      });
    }
  }

  void compute_tile(std::int64_t panel, Rows rows, const float* copy) const {
    const std::int64_t column = column_ + panel * panel_width_, height = rows.last - rows.first;
    Tile t{};
    t.k = k_;
    if (copy != nullptr) {
      t.a = copy;
      t.a_stride = is_row_major() ? kCopyStride : height;
    } else {
      t.a = p_.a.data + rows.first * p_.a.row_stride + row_ * p_.a.column_stride;
      t.a_stride = is_row_major() ? p_.a.row_stride : p_.a.column_stride;
    }
    const bool is_whole = width_of(panel) == panel_width_, is_in_place = reads_b_in_place() && is_whole;
    t.b = is_in_place ? p_.b.data + row_ * p_.b.row_stride + column : panels_ + panel * k_ * panel_width_;
    t.b_stride = is_in_place ? p_.b.row_stride : panel_width_;
    t.c = p_.c + rows.first * p_.c_stride + column;
    t.c_stride = p_.c_stride;
    t.resume = row_ > 0 || p_.accumulate;
    t.is_last = row_ + k_ == p_.k;
    t.alpha = p_.alpha;
    t.bias = p_.bias ? p_.bias + column : nullptr;
    const TileFn compute = (is_row_major() ? kernels_.row_major : kernels_.k_major)[height - 1];
    if (is_whole)
      compute(t);
    else
      compute_narrow(t, compute, height, width_of(panel));
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
  const std::int64_t panel_width_, threads_, slab_columns_;
  const bool is_alone_;
  float *panels_, *blocks_ = nullptr;  // packed panels of the slab; copied rows of a, a block for each thread
  // The slab in hand: rows row_ .. row_ + k_ - 1 and columns column_ .. column_ + columns_ - 1 of b.
  std::int64_t row_ = 0, k_ = 0, column_ = 0, columns_ = 0, panel_count_ = 0;
};

}  // namespace

void sgemm(const SgemmCall& call, CpuIsa isa) { Product(call, nullptr, isa).run(); }

void sgemm_alone(const SgemmCall& call, float* scratch, CpuIsa isa) { Product(call, scratch, isa).run(); }

std::int64_t sgemm_scratch_floats(std::int64_t n, std::int64_t k) {
  return std::min(k, kSlabRows) * parts(std::min(n, kSlabColumnsAlone), kMostColumns) * kMostColumns;
}

}  // namespace scoria
