#include "runtime/roofline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace scoria {
namespace {

// Two measurements of the same memory, of which each may be a few percent off.
constexpr double kSureOfCache = 1.05;

void place_under(const DevicePeaks& peaks, RooflineRow& row) {
  const double of_arithmetic = peaks.gflops > 0 ? row.gflops() / peaks.gflops : 0,
               of_memory = peaks.gbps > 0 ? row.gbps() / peaks.gbps : 0;
  row.in_cache = of_memory > kSureOfCache;
  row.peak_fraction = row.in_cache ? of_arithmetic : std::max(of_arithmetic, std::min(of_memory, 1.0));
}

RooflineRow sum_of(std::span<const RooflineRow> rows, const DevicePeaks& peaks) {
  RooflineRow total;
  total.op = "all";
  for (const RooflineRow& row : rows) {
    total.nodes += row.nodes;
    total.ms += row.ms;
    total.flops += row.flops;
    total.bytes += row.bytes;
  }
  place_under(peaks, total);
  return total;
}

std::string line_text(const RooflineRow& row, double total_ms) {
  return fmt::format("{:28} {:14} {:5} {:10.3f} {:5.1f} % {:10.1f} {:8.1f} {:6.1f} %{}\n", row.op, row.kernel, row.nodes,
                     row.ms, total_ms > 0 ? 100 * row.ms / total_ms : 0, row.gflops(), row.gbps(),
                     100 * row.peak_fraction, row.in_cache ? "  (from caches)" : "");
}

}  // namespace

std::vector<RooflineRow> roofline_rows(std::span<const ProfileRow> profile, const DevicePeaks& peaks) {
  std::map<std::pair<std::string, std::string>, RooflineRow> sums;
  for (const ProfileRow& node : profile) {
    RooflineRow& row = sums.try_emplace({node.op, node.kernel}, RooflineRow{node.op, node.kernel}).first->second;
    ++row.nodes;
    row.ms += node.ms;
    row.flops += node.flops;
    row.bytes += node.bytes;
  }
  std::vector<RooflineRow> rows;
  for (auto& sum : sums) {
    place_under(peaks, sum.second);
    rows.push_back(std::move(sum.second));
  }
  std::ranges::sort(rows, std::greater(), &RooflineRow::ms);
  return rows;
}

std::string roofline_table(std::span<const ProfileRow> profile, const DevicePeaks& peaks) {
  const std::vector<RooflineRow> rows = roofline_rows(profile, peaks);
  const RooflineRow total = sum_of(rows, peaks);
  std::string text = fmt::format("{:28} {:14} {:>5} {:>10} {:>7} {:>10} {:>8} {:>8}\n", "op", "kernel", "nodes", "ms",
                                 "share", "GFLOP/s", "GB/s", "of peak");
  for (const RooflineRow& row : rows) text += line_text(row, total.ms);
  return text + line_text(total, total.ms);
}

}  // namespace scoria
