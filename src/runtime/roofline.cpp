#include "runtime/roofline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace scoria {
namespace {

struct Line {
  std::string op, kernel;
  int nodes = 0;
  double ms = 0, flops = 0, bytes = 0;
};

std::vector<Line> lines_by_op(std::span<const ProfileRow> profile) {
  std::map<std::pair<std::string, std::string>, Line> sums;
  for (const ProfileRow& row : profile) {
    Line& line = sums.try_emplace({row.op, row.kernel}, Line{row.op, row.kernel}).first->second;
    ++line.nodes;
    line.ms += row.ms;
    line.flops += row.flops;
    line.bytes += row.bytes;
  }
  std::vector<Line> lines;
  for (auto& sum : sums) lines.push_back(std::move(sum.second));
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.ms > b.ms; });
  return lines;
}

std::string line_text(const Line& line, double total_ms, const DevicePeaks& peaks) {
  const double gflops = line.ms > 0 ? line.flops / line.ms / 1e6 : 0,
               gbps = line.ms > 0 ? line.bytes / line.ms / 1e6 : 0;
  const double of_peak = std::max(peaks.gflops > 0 ? gflops / peaks.gflops : 0, peaks.gbps > 0 ? gbps / peaks.gbps : 0);
  return fmt::format("{:28} {:14} {:5} {:10.3f} {:5.1f} % {:10.1f} {:8.1f} {:6.1f} %\n", line.op, line.kernel,
                     line.nodes, line.ms, total_ms > 0 ? 100 * line.ms / total_ms : 0, gflops, gbps, 100 * of_peak);
}

}  // namespace

std::string roofline_table(std::span<const ProfileRow> profile, const DevicePeaks& peaks) {
  Line total{"all", "", 0, 0, 0, 0};
  const std::vector<Line> lines = lines_by_op(profile);
  for (const Line& line : lines) {
    total.nodes += line.nodes;
    total.ms += line.ms;
    total.flops += line.flops;
    total.bytes += line.bytes;
  }
  std::string text = fmt::format("{:28} {:14} {:>5} {:>10} {:>7} {:>10} {:>8} {:>8}\n", "op", "kernel", "nodes", "ms",
                                 "share", "GFLOP/s", "GB/s", "of peak");
  for (const Line& line : lines) text += line_text(line, total.ms, peaks);
  return text + line_text(total, total.ms, peaks);
}

}  // namespace scoria
