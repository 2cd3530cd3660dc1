// c in blocks: for each slab of b (some rows and columns) the panels are packed, then tiles of c computed, task by task.
// How a product is cut cannot change a bit of it: an element's sum goes through c from slab to slab, unrounded.

#include "gemm/sgemm.h"

#include <omp.h>

#include <algorithm>
#include <memory>
#include <new>

#include "base/check.h"
#include "base/cpu_isa.h"
#include "base/parallel.h"
#include "gemm/packing.h"
#include "gemm/tile.h"

namespace scoria {
namespace {

#ifndef KC
#define KC 512
#define NC 4096
#define TASKROWS 112
#define TASKCOLS 768
#define INPLACE 2
#endif
// Of b: 512 rows of 14 x 32 floats of operands keep the second cache, 4096 columns (8 MiB) the last one.
constexpr std::int64_t kSlabRows = KC, kSlabColumns = NC, kSlabColumnsAlone = 512;
// Of c: as many rows of a (224 KiB) as the second cache holds beside a panel.
constexpr std::int64_t kTaskRows = TASKROWS, kTaskColumns = TASKCOLS;
constexpr std::int64_t kMostRows = 14, kMostColumns = 32;
// Rows whose distance is a multiple of 4 KiB share one set of the first cache; copies of them lie a line further apart.
constexpr std::int64_t kCopyStride = kSlabRows + 16;

const MicroKernels& kernels_in_use() {
  switch (cpu_isa()) {
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

constexpr std::int64_t kBlockFloats = (kTaskRows + kMostRows) * kCopyStride;

// Memory on a boundary of cache lines that grows and never shrinks.
class Floats {
 public:
  float* at_least(std::int64_t count) {
    if (count > count_) {
      memory_.reset();
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
  Product(const SgemmCall& call, float* alone)
      : p_(call),
        kernels_(kernels_in_use()),
        panel_width_(kernels_.columns),
        threads_(alone ? 1 : thread_count()),
        slab_columns_(alone ? kSlabColumnsAlone : kSlabColumns),
        alone_(alone) {
    SCORIA_CHECK(!p_.accumulate || (p_.alpha == 1.0f && p_.bias == nullptr), "a plain sum to add to c");
  }

  void run() {
    set_memory();
    for (std::int64_t column = 0; column < p_.n; column += slab_columns_) {
      for (std::int64_t row = 0; row < p_.k; row += kSlabRows) {
        set_slab(row, column);
        pack_slab();
        compute_slab();
      }
    }
  }

 private:
  template <typename Body>
  void for_all(std::int64_t count, const Body& body) const {
    if (alone_)
      body(std::int64_t{0}, count);
    else
      parallel_for(count, 1, body);
  }

  void set_memory() {
    const std::int64_t slab_floats = std::min(p_.k, kSlabRows) * parts(std::min(p_.n, slab_columns_), panel_width_) *
                                     panel_width_;
    if (alone_) {
      panels_ = alone_;
      return;
    }
    thread_local Floats slab, blocks;
    panels_ = slab.at_least(slab_floats);
    if (copies_rows()) blocks_ = blocks.at_least(threads_ * kBlockFloats);
  }

  void set_slab(std::int64_t row, std::int64_t column) {
    row_ = row;
    k_ = std::min(kSlabRows, p_.k - row);
    column_ = column;
    columns_ = std::min(slab_columns_, p_.n - column);
    panel_count_ = parts(columns_, panel_width_);
  }

  bool is_row_major() const { return p_.a.column_stride == 1; }
  // Few rows do not pay for a copy of b.
  bool reads_b_in_place() const { return p_.b.column_stride == 1 && p_.m <= INPLACE * kernels_.rows; }
  bool copies_rows() const {
    return !alone_ && is_row_major() && p_.a.row_stride % 1024 == 0 && p_.n >= 128;
  }

  std::int64_t width_of(std::int64_t panel) const { return std::min(panel_width_, columns_ - panel * panel_width_); }

  void pack_slab() {
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
    const std::int64_t tasks_wanted = threads_ == 1 ? 1 : 4 * threads_;
    const std::int64_t share = std::max(kernels_.rows, parts(p_.m, tasks_wanted));
    const std::int64_t row_tasks = parts(p_.m, std::min(kTaskRows, parts(share, kernels_.rows) * kernels_.rows));
    const std::int64_t column_tasks = std::min(
        panel_count_, std::max(parts(columns_, kTaskColumns), parts(tasks_wanted, row_tasks)));
    for_all(row_tasks * column_tasks, [&](std::int64_t first, std::int64_t last) {
      float* block = blocks_ ? blocks_ + (omp_in_parallel() && !is_nested_ ? omp_get_thread_num() : 0) * kBlockFloats : nullptr;
      std::int64_t packed = -1;
      for (std::int64_t task = first; task < last; ++task) {
        const std::int64_t rows = task / column_tasks, group = task % column_tasks;
        const std::int64_t first_row = p_.m * rows / row_tasks, last_row = p_.m * (rows + 1) / row_tasks;
        if (block && rows != packed) copy_rows(first_row, last_row, block);
        packed = rows;
        for (std::int64_t panel = panel_count_ * group / column_tasks;
             panel < panel_count_ * (group + 1) / column_tasks; ++panel)
          for_tiles(first_row, last_row, [&](std::int64_t row, std::int64_t height) {
            compute_tile(panel, row, height, block ? block + (row - first_row) * kCopyStride : nullptr);
          });
      }
    });
  }

  template <typename Body>
  void for_tiles(std::int64_t first_row, std::int64_t last_row, const Body& body) const {
    const std::int64_t rows = last_row - first_row, tiles = parts(rows, kernels_.rows);
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
      const std::int64_t row = first_row + rows * tile / tiles;
      body(row, first_row + rows * (tile + 1) / tiles - row);
    }
  }

  void copy_rows(std::int64_t first_row, std::int64_t last_row, float* block) const {
    for (std::int64_t row = first_row; row < last_row; ++row)
      std::copy_n(p_.a.data + row * p_.a.row_stride + row_, k_, block + (row - first_row) * kCopyStride);
  }

  void compute_tile(std::int64_t panel, std::int64_t row, std::int64_t height, const float* copy) const {
    const std::int64_t column = column_ + panel * panel_width_, width = width_of(panel);
    Tile t{};
    t.k = k_;
    t.a = copy ? copy : p_.a.data + row * p_.a.row_stride + row_ * p_.a.column_stride;
    t.a_stride = copy ? kCopyStride : is_row_major() ? p_.a.row_stride : p_.a.column_stride;
    const bool is_in_place = reads_b_in_place() && width == panel_width_;
    t.b = is_in_place ? p_.b.data + row_ * p_.b.row_stride + column : panels_ + panel * k_ * panel_width_;
    t.b_stride = is_in_place ? p_.b.row_stride : panel_width_;
    t.c = p_.c + row * p_.c_stride + column;
    t.c_stride = p_.c_stride;
    t.resume = row_ > 0 || p_.accumulate;
    t.is_last = row_ + k_ == p_.k;
    t.alpha = p_.alpha;
    t.bias = p_.bias ? p_.bias + column : nullptr;
    const TileFn compute = (is_row_major() ? kernels_.row_major : kernels_.k_major)[height - 1];
    if (width == panel_width_)
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
    if (t.bias) t.bias = std::copy_n(t.bias, width, bias) - width;
    t.c = c;
    t.c_stride = panel_width_;
    compute(t);
    for (std::int64_t i = 0; i < height; ++i) std::copy_n(c + i * panel_width_, width, to + i * stride);
  }

  const SgemmCall p_;
  const MicroKernels& kernels_;
  const std::int64_t panel_width_, threads_, slab_columns_;
  float* const alone_;
  const bool is_nested_ = omp_in_parallel();
  float *panels_ = nullptr, *blocks_ = nullptr;
  // The slab in hand: rows row_ .. row_ + k_ - 1 and columns column_ .. column_ + columns_ - 1 of b.
  std::int64_t row_ = 0, k_ = 0, column_ = 0, columns_ = 0, panel_count_ = 0;
};

}  // namespace

void sgemm(const SgemmCall& call) { Product(call, nullptr).run(); }

void sgemm_alone(const SgemmCall& call, float* scratch) { Product(call, scratch).run(); }

std::int64_t sgemm_scratch_floats(std::int64_t n, std::int64_t k) {
  return std::min(k, kSlabRows) * parts(std::min(n, kSlabColumnsAlone), kMostColumns) * kMostColumns;
}

}  // namespace scoria
