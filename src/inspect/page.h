#pragma once

#include <optional>
#include <span>
#include <string>

#include "scoria/inspect/comparison.h"
#include "scoria/inspect/inspection.h"

namespace scoria {

/// The page of one or two inspections, all of it.
std::string inspection_page(std::span<const Inspection> inspections,
                            const std::optional<InspectionComparison>& comparison);

}  // namespace scoria
