#pragma once

/// One case table per op, every property of the op checked from it. Per case, run() demands:
///
///   - the graph verifies; every kernel choice plans within the limits of several pretended devices, and the last
///     choice refuses none of them;
///   - the CPU path, and on the Vulkan test device every kernel choice that does not refuse, agree with the double
///     reference within an error bound that follows from the arithmetic (OpCaseOptions);
///   - a second run gives the same bits; all memory held NaN before; nothing but outputs was written;
///   - a fused op's reference agrees with that of its expansion;
///   - the gradient of the reference agrees with central differences of the reference;
///   - the gradient's graph on the CPU and on Vulkan, every kernel choice, agrees with its reference.
///
/// The Vulkan device is named by SCORIA_TEST_DEVICE (default llvmpipe, skipped with a message where absent). With
/// SCORIA_TEST_REPORT=FILE a JSON line per op, device and kernel is appended: cases, worst error / bound.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/graph.h"
#include "support/op_case.h"

namespace scoria::test {

class Expected;

/// Error bound per element: 4 sqrt(terms) eps magnitude + slack_ulps eps |y|, eps = 2^-23 (that of the output's dtype).
/// The magnitude is max(|y|, rms of the output's row), or, for a multilinear graph, the reference run on absolute
/// inputs: the sum of the absolute terms. Integers are compared exactly.
struct OpCaseOptions {
  double terms = 1;                    ///< length of the longest sum
  double gradient_terms = 0;           ///< the same in the gradient's graph; 0 = terms
  bool exact = false;                  ///< bit equality, of the outputs (gradients stay under the bound)
  bool multilinear = false;            ///< linear in each input when the others are fixed: sums, products, gathers
  double slack_ulps = 0;               ///< for exp, erf, tanh ...: their error relative to the result
  double magnitude = 0;                ///< least magnitude, where the caller knows better
  bool gradient = true;                ///< check gradients (skipped anyway where the op has none)
  double gradient_size_limit = 20000;  ///< most elements of all inputs for central differences
  bool mistrust = true;  ///< an output of over 30 % zeros fails the test: it proves nothing (gradients may be zero)
  bool kernels = true;   ///< run every kernel choice and not only the device's own
};

class OpCheck {
 public:
  using Builder = std::function<void(OpCase&)>;

  explicit OpCheck(std::string_view op) : op_(op) {}

  /// Adds a case. The builder runs several times and must do the same each time.
  OpCheck& add(std::string name, Builder builder, OpCaseOptions options = {});
  /// Adds a builder that must throw Error (Usage) with this text in its message.
  OpCheck& rejects(std::string text, Builder builder);
  void run();

 private:
  struct Case {
    std::string name;
    Builder builder;
    OpCaseOptions options;
  };
  struct Tally {
    int cases = 0;
    double worst = 0;
    std::string worst_case;
  };

  void run_case(const Case& one);
  void check_graph(const Case& one, const OpCase& op_case, bool is_gradient);
  void check_device(const Case& one, const OpCase& op_case, const Expected& expected, std::string_view device);
  void check_expansion(const Case& one);
  void check_differences(const Case& one);
  bool is_checked(std::string_view op) const;
  void report() const;

  std::string op_;
  std::vector<Case> cases_;
  std::vector<std::pair<std::string, Builder>> rejections_;
  int expansions_ = 0;  // compared: a form of a fused op may have none, but not all
  std::map<std::string, Tally> tallies_;  // by device and kernel
};

}  // namespace scoria::test
