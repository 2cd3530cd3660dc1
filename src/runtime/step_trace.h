#pragma once

#include <span>
#include <string>

#include "scoria/session.h"

namespace scoria {

/// A profile as a trace that ui.perfetto.dev and chrome://tracing open: the nodes in order of one step, each under the
/// parts of its label ("encoder.layer.3.attention" over its nodes), with kernel, shapes, GFLOP/s and GB/s. Times are in
/// microseconds from the step's start, without what passed between nodes. Source: the Trace Event Format, complete
/// events ("ph": "X").
std::string step_trace(std::span<const ProfileRow> profile, const std::string& title);

}  // namespace scoria
