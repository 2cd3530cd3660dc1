#include "metrics/paired.h"

#include <fmt/core.h>

#include "scoria/error.h"

namespace scoria {

void check_paired(std::string_view metric, std::size_t predicted, std::size_t expected, std::size_t least) {
  if (predicted == expected && predicted >= least) return;
  throw Error(ErrorKind::Usage, fmt::format("{}: {} predicted and {} expected values, must be as many and at least {}; "
                                            "give those of the same examples",
                                            metric, predicted, expected, least));
}

double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

double harmonic_mean(double a, double b) { return ratio(2 * a * b, a + b); }

}  // namespace scoria
