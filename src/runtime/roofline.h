#pragma once

#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "scoria/session.h"

namespace scoria {

/// The nodes of one op and kernel in one step, taken together, under the roof of a device: with intensity I = flops /
/// bytes it can do at most min(peaks.gflops, I * peaks.gbps). Source: Williams, Waterman, Patterson 2009, "Roofline".
struct RooflineRow {
  std::string op, kernel;
  int nodes = 0;
  double ms = 0, flops = 0, bytes = 0;
  /// Of the roof, 0 to 1: the larger of flops over the peak's and bytes over the peak's. Bytes that came faster than
  /// memory can deliver came out of caches: of these the share of arithmetic alone is told.
  double peak_fraction = 0;
  bool in_cache = false;

  double gflops() const { return ms > 0 ? flops / ms / 1e6 : 0; }
  double gbps() const { return ms > 0 ? bytes / ms / 1e6 : 0; }
};

/// A row per op and kernel, the slowest first.
std::vector<RooflineRow> roofline_rows(std::span<const ProfileRow> profile, const DevicePeaks& peaks);

/// These, and their sum, as a table:
///
///     op            kernel  nodes      ms  share  GFLOP/s   GB/s  of peak
///     matmul        panel      50   812.4   84 %    142.1    6.2     61 %
std::string roofline_table(std::span<const ProfileRow> profile, const DevicePeaks& peaks);

/// The same as a picture (SVG): GFLOP/s over FLOP a byte, both by powers of ten, under the device's roof; the area of a
/// point is its share of the step's time. Every row is listed beside it; those without arithmetic, or with less than a
/// twentieth of a percent of the time, are no points.
std::string roofline_svg(std::span<const RooflineRow> rows, const DevicePeaks& peaks, const std::string& title);

}  // namespace scoria
