#include "graph/distrust.h"

#include <doctest/doctest.h>

#include "plan/make_program.h"
#include "scoria/doctor.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

PlacedNode planned_matmul(const DeviceCaps& caps) {
  Graph graph;
  graph.output("c", matmul(graph.input("a", {DType::f32, {64, 64}}), graph.input("b", {DType::f32, {64, 64}})));
  PlanOptions options;
  options.caps = caps;
  for (PlacedNode& node : make_program(graph, options).nodes) {
    if (node.op->name == "matmul") return std::move(node);
  }
  return {};
}

}  // namespace

TEST_CASE("a kernel that computes wrongly is passed over, on that device and driver alone") {
  DeviceCaps caps;
  caps.vendor_id = 0x1234;
  caps.device_id = 0x5678;
  caps.driver_version = 9;
  const std::string first = planned_matmul(caps).kernel;
  distrust(caps, "matmul", first);
  CHECK(is_distrusted(caps, "matmul", first));
  CHECK_FALSE(is_distrusted(caps, "add", first));
  const PlacedNode second = planned_matmul(caps);
  CHECK(second.kernel != first);
  REQUIRE_FALSE(second.refusals.empty());
  CHECK(second.refusals.back() == first + ": computed wrongly in the self-test on this driver");
  caps.driver_version = 10;
  CHECK(planned_matmul(caps).kernel == first);
}

TEST_CASE("the self-test has a case for every op with kernels") {
  for (const std::string& op : ops_without_self_test()) FAIL_CHECK(op);
}

TEST_CASE("a forced kernel is forced in its scope") {
  CHECK(forced_kernel("matmul").empty());
  {
    const ForcedKernel outer("matmul", "basic");
    CHECK(forced_kernel("matmul") == "basic");
    {
      const ForcedKernel inner("add", "lanes");
      CHECK(forced_kernel("add") == "lanes");
    }
    CHECK(forced_kernel("matmul") == "basic");
    CHECK(planned_matmul({}).kernel == "basic");
  }
  CHECK(forced_kernel("matmul").empty());
}

}  // namespace scoria
