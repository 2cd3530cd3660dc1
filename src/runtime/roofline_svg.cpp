#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/roofline.h"

namespace scoria {
namespace {

constexpr double kLeft = 70, kTop = 56, kWidth = 560, kHeight = 440, kListLeft = 660;
constexpr std::size_t kListed = 20;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

/// Whole powers of ten from one that holds the least value to one that holds the largest.
struct Axis {
  int low, high;

  static Axis around(double least, double largest) {
    const int low = static_cast<int>(std::floor(std::log10(least)));
    return {low, std::max(low + 1, static_cast<int>(std::ceil(std::log10(largest))))};
  }
  /// 0 to 1.
  double at(double value) const { return (std::log10(value) - low) / (high - low); }
};

/// The plane of the plot: FLOP a byte to the right, GFLOP/s up.
struct Plane {
  Axis intensity, gflops;

  double x(double value) const { return kLeft + kWidth * std::clamp(intensity.at(value), 0.0, 1.0); }
  double y(double value) const { return kTop + kHeight * (1 - std::clamp(gflops.at(value), 0.0, 1.0)); }
};

double intensity_of(const RooflineRow& row) { return row.flops / row.bytes; }
/// Whether a row is a point: it has arithmetic, and enough of the time not to stretch the axes for nothing.
bool has_place(const RooflineRow& row, double total_ms) {
  return row.flops > 0 && row.bytes > 0 && row.ms > 0 && row.ms >= 5e-4 * total_ms;
}

Plane plane_of(std::span<const RooflineRow> rows, const DevicePeaks& peaks, double total_ms) {
  const double ridge = peaks.gbps > 0 && peaks.gflops > 0 ? peaks.gflops / peaks.gbps : 1;
  double left = ridge, right = ridge, bottom = std::max(peaks.gflops, 1.0) / 10, top = std::max(peaks.gflops, 1.0);
  for (const RooflineRow& row : rows) {
    if (!has_place(row, total_ms)) continue;
    left = std::min(left, intensity_of(row)), right = std::max(right, intensity_of(row));
    bottom = std::min(bottom, row.gflops()), top = std::max(top, row.gflops());
  }
  return {Axis::around(left, right), Axis::around(std::max(bottom, top * 1e-6), top)};
}

std::string line(double x1, double y1, double x2, double y2, std::string_view kind) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2, y2, kind);
}

std::string label(double x, double y, std::string_view anchor, std::string_view text, std::string_view kind = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", x, y, anchor, kind,
                     escaped(text));
}

std::string power_of_ten(int power) {
  return power >= -3 && power <= 4 ? fmt::format("{:g}", std::pow(10.0, power)) : fmt::format("1e{}", power);
}

std::string axes(const Plane& plane) {
  std::string out;
  for (int power = plane.intensity.low; power <= plane.intensity.high; ++power) {
    const double x = plane.x(std::pow(10.0, power));
    out += line(x, kTop, x, kTop + kHeight, "grid") + label(x, kTop + kHeight + 18, "middle", power_of_ten(power));
  }
  for (int power = plane.gflops.low; power <= plane.gflops.high; ++power) {
    const double y = plane.y(std::pow(10.0, power));
    out += line(kLeft, y, kLeft + kWidth, y, "grid") + label(kLeft - 8, y + 4, "end", power_of_ten(power));
  }
  out += label(kLeft + kWidth / 2, kTop + kHeight + 40, "middle", "FLOP a byte");
  return out + label(kLeft - 50, kTop - 14, "start", "GFLOP/s");
}

std::string roof(const Plane& plane, const DevicePeaks& peaks) {
  if (peaks.gflops <= 0 || peaks.gbps <= 0) return "";
  const double lowest = std::pow(10.0, plane.intensity.low), floor = std::pow(10.0, plane.gflops.low),
               start = std::max(lowest, floor / peaks.gbps), ridge = peaks.gflops / peaks.gbps;
  std::string out;
  if (start < ridge) out += line(plane.x(start), plane.y(start * peaks.gbps), plane.x(ridge), plane.y(peaks.gflops), "roof");
  out += line(plane.x(ridge), plane.y(peaks.gflops), kLeft + kWidth, plane.y(peaks.gflops), "roof");
  return out + label(kLeft + kWidth, plane.y(peaks.gflops) - 8, "end",
                     fmt::format("{:.0f} GFLOP/s, {:.1f} GB/s measured", peaks.gflops, peaks.gbps));
}

std::string point(const Plane& plane, const RooflineRow& row, std::size_t number, double total_ms) {
  const double x = plane.x(intensity_of(row)), y = plane.y(row.gflops()),
               radius = std::clamp(44 * std::sqrt(row.ms / total_ms), 8.0, 44.0);
  return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"{}\"><title>{}</title></circle>\n", x, y, radius,
                     row.in_cache ? "point cached" : "point",
                     escaped(fmt::format("{} {}: {:.3f} ms, {:.1f} GFLOP/s, {:.1f} GB/s", row.op, row.kernel, row.ms,
                                         row.gflops(), row.gbps()))) +
         label(x, y + 4, "middle", std::to_string(number), "number");
}

std::string list_entry(const RooflineRow& row, std::size_t number, double total_ms) {
  const double y = kTop + 22 * static_cast<double>(number);
  return label(kListLeft + 20, y, "end", std::to_string(number)) +
         label(kListLeft + 30, y, "start", row.kernel.empty() ? row.op : row.op + " " + row.kernel) +
         label(kListLeft + 330, y, "end", fmt::format("{:.1f} %", 100 * row.ms / total_ms)) +
         label(kListLeft + 400, y, "end",
               fmt::format("{:.0f} %{}", 100 * row.peak_fraction, row.in_cache ? "*" : ""));
}

}  // namespace

std::string roofline_svg(std::span<const RooflineRow> rows, const DevicePeaks& peaks, const std::string& title) {
  double total_ms = 0;
  for (const RooflineRow& row : rows) total_ms += row.ms;
  total_ms = std::max(total_ms, 1e-9);
  const Plane plane = plane_of(rows, peaks, total_ms);
  const std::size_t listed = std::min(rows.size(), kListed);
  std::string body = label(kLeft - 50, 24, "start", title, "title") + axes(plane) + roof(plane, peaks) +
                     label(kListLeft + 330, kTop, "end", "of the time", "head") +
                     label(kListLeft + 400, kTop, "end", "of peak", "head");
  for (std::size_t i = 0; i < listed; ++i) {
    if (has_place(rows[i], total_ms)) body += point(plane, rows[i], i + 1, total_ms);
    body += list_entry(rows[i], i + 1, total_ms);
  }
  std::string notes = "area: share of the time; *: its bytes came out of caches, faster than memory's peak";
  if (rows.size() > listed) notes += fmt::format("; {} more ops not shown", rows.size() - listed);
  body += label(kLeft, kTop + kHeight + 64, "start", notes, "head");
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1080 576\" font-family=\"sans-serif\" font-size=\"13\">\n"
      "<style>svg{{background:#fff;color:#1b1f24}} text{{fill:currentColor}} .title{{font-size:16px;font-weight:600}} "
      ".head{{opacity:.7}} .grid{{stroke:currentColor;opacity:.15}} .roof{{stroke:#b3401e;stroke-width:2}} "
      ".point{{fill:#2f6fb5;fill-opacity:.55;stroke:#2f6fb5}} .cached{{fill-opacity:.2}} .number{{font-size:11px}} "
      "@media (prefers-color-scheme:dark){{svg{{background:#14171a;color:#e4e7ea}} .roof{{stroke:#f0875e}} "
      ".point{{fill:#6aa9ec;stroke:#6aa9ec}}}}</style>\n{}</svg>\n",
      body);
}

}  // namespace scoria
