// The plan of a whole BERT-tiny training step, for pretended devices: its ordering is proven by a verifier that was
// written apart from the planner, and every barrier it has is needed.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "passes/pipeline.h"
#include "plan/make_program.h"
#include "scoria/error.h"
#include "train/training_graphs.h"

using namespace scoria;

namespace {

std::vector<DeviceCaps> pretended_devices() {
  DeviceCaps minimal;
  DeviceCaps software;
  software.name = "llvmpipe";
  software.device_class = DeviceClass::Cpu;
  software.is_llvmpipe = true;
  software.driver_release = {26, 1, 6};
  software.subgroup_size = software.min_subgroup_size = software.max_subgroup_size = 8;
  software.subgroup_arithmetic = software.subgroup_shuffle = software.subgroup_ballot = true;
  software.max_workgroup_invocations = 1024;
  software.max_workgroup_size = {1024, 1024, 1024};
  software.shared_memory_bytes = 32768;
  software.int64 = true;
  DeviceCaps discrete = software;
  discrete.name = "discrete, subgroups of 64";
  discrete.device_class = DeviceClass::Discrete;
  discrete.is_llvmpipe = false;
  discrete.subgroup_size = discrete.max_subgroup_size = 64;
  discrete.min_subgroup_size = 32;
  discrete.shared_memory_bytes = 65536;
  return {minimal, software, discrete};
}

Program plan_step(const DeviceCaps& caps, std::int64_t accumulate) {
  const BertConfig config = BertConfig::preset("tiny");
  const ParameterLayout layout(bert_parameters(config));
  const BertBatchShape shape{8, 128, 20};
  const Graph graph =
      accumulate > 1 ? make_pass_graph(config, shape, layout) : make_step_graph(config, shape, layout, {});
  PlanOptions options;
  options.caps = caps;
  return make_program(run_passes(graph), options);
}

}  // namespace

TEST_CASE("a BERT-tiny training step is ordered, and every barrier in it is needed") {
  for (const DeviceCaps& caps : pretended_devices()) {
    for (const std::int64_t accumulate : {1, 4}) {
      CAPTURE(caps.name);
      CAPTURE(accumulate);
      Program program = plan_step(caps, accumulate);
      REQUIRE(find_hazard(program) == "");
      int barriers = 0, refused = 0;
      for (PlacedDispatch& dispatch : program.dispatches) {
        if (!dispatch.barrier_before) continue;
        ++barriers;
        dispatch.barrier_before = false;
        refused += find_hazard(program) != "";
        dispatch.barrier_before = true;
      }
      CHECK(barriers > 20);
      CHECK(refused == barriers);
      MESSAGE(caps.name << ", " << accumulate << " pass(es): " << program.dispatches.size() << " dispatches, "
                        << barriers << " barriers, " << refused << " removals refused");
    }
  }
}

TEST_CASE("BERT-large does not fit a device that allocates 1 GiB at once, and the message says what to do") {
  const BertConfig config = BertConfig::preset("large");
  const ParameterLayout layout(bert_parameters(config));
  PlanOptions options;
  options.caps = DeviceCaps{};
  options.caps->name = "Example GPU 100";
  options.max_block_bytes = options.caps->max_allocation_bytes;
  std::string message;
  try {
    make_program(make_step_graph(config, {1, 128, 20}, layout, {}), options);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Memory);
    message = error.what();
  }
  CHECK(
      message ==
      "state \"parameters\" : f32 [336226176] takes 1.25 GiB, and Example GPU 100 allocates at most 1.00 GiB at once; "
      "it is not divided, whatever the batch: take a smaller model or another device (the CPU has no such limit)");
}

TEST_CASE("sharing memory shrinks a training step's arena") {
  const Program program = plan_step(pretended_devices().front(), 1);
  std::uint64_t shared = 0;
  for (const std::uint64_t bytes : program.arena_block_bytes) shared += bytes;
  MESSAGE("arena " << shared << " bytes, unshared " << program.unaliased_arena_bytes);
  CHECK(shared < program.unaliased_arena_bytes / 2);
}
