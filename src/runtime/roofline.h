#pragma once

#include <span>
#include <string>

#include "backend/backend.h"
#include "scoria/session.h"

namespace scoria {

/// A profile as a table, a line per op and kernel, the slowest first:
///
///     op            kernel  nodes      ms  share  GFLOP/s   GB/s  of peak
///     matmul        panel      50   812.4   84 %    142.1    6.2     61 %
///
/// "of peak" is the larger of GFLOP/s over peaks.gflops and GB/s over peaks.gbps.
std::string roofline_table(std::span<const ProfileRow> profile, const DevicePeaks& peaks);

}  // namespace scoria
