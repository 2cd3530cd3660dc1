// What kernel choice makes of GPUs by their limits: subgroup sizes, shared memory, and registers as their maker's
// instruction set has them. Each rule comes from what the maker's compiler printed (tests/bench/results/compilers.md).

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "passes/pipeline.h"
#include "plan/make_program.h"
#include "scoria/ops.h"
#include "train/training_graphs.h"

using namespace scoria;

namespace {

struct Sizes {
  std::uint32_t least, usual, most;  // of subgroups
};

DeviceCaps gpu(std::string name, std::uint32_t vendor, Sizes subgroups, std::uint32_t shared) {
  DeviceCaps caps;
  caps.name = std::move(name);
  caps.device_class = DeviceClass::Discrete;
  caps.vendor_id = vendor;
  caps.min_subgroup_size = subgroups.least;
  caps.subgroup_size = subgroups.usual;
  caps.max_subgroup_size = subgroups.most;
  caps.subgroup_size_control = subgroups.least != subgroups.most;
  caps.subgroup_arithmetic = caps.subgroup_shuffle = caps.subgroup_ballot = true;
  caps.max_workgroup_invocations = 1024;
  caps.max_workgroup_size = {1024, 1024, 64};
  caps.shared_memory_bytes = shared;
  return caps;
}

const DeviceCaps kGcn = gpu("GCN", 0x1002, {64, 64, 64}, 65536);
const DeviceCaps kRdna = gpu("RDNA", 0x1002, {32, 64, 64}, 65536);
const DeviceCaps kTuring = gpu("Turing", 0x10DE, {32, 32, 32}, 49152);
const DeviceCaps kGen9 = gpu("Gen9", 0x8086, {8, 32, 32}, 49152);
const DeviceCaps kXe2 = gpu("Xe2", 0x8086, {16, 32, 32}, 49152);
const DeviceCaps kApple = gpu("Apple", 0x10005, {32, 32, 32}, 32768);
const DeviceCaps kAdreno = gpu("Adreno", 0x5143, {64, 128, 128}, 32768);
const std::vector<DeviceCaps> kGpus = {kGcn, kRdna, kTuring, kGen9, kXe2, kApple, kAdreno};

std::vector<Dispatch> dispatches_of(const Graph& graph, const DeviceCaps& caps, std::string_view shader) {
  PlanOptions options;
  options.caps = caps;
  std::vector<Dispatch> found;
  for (const PlacedDispatch& placed : make_program(graph, options).dispatches) {
    if (placed.dispatch.shader == shader) found.push_back(placed.dispatch);
  }
  return found;
}

std::vector<Dispatch> product(const DeviceCaps& caps, std::int64_t m, std::int64_t k, std::int64_t n) {
  Graph graph;
  graph.output("c", matmul(graph.input("a", {DType::f32, {m, k}}), graph.input("b", {DType::f32, {k, n}})));
  return dispatches_of(graph, caps, "matmul_tile");
}

// Attention and its gradient.
std::vector<Dispatch> attend(const DeviceCaps& caps, std::int64_t batch, std::int64_t length, std::int64_t heads,
                             std::int64_t size, std::string_view shader) {
  Graph graph;
  const Value qkv = graph.input("qkv", {DType::f32, {batch * length, 3 * heads * size}});
  const Value lengths = graph.input("lengths", {DType::i32, {batch}});
  const AttentionOptions options{.heads = heads, .sequence_length = length};
  const Value context = attention(qkv, lengths, Value(), options);
  const Value lse(&context.graph(), context.node(), 1);
  const Value dcontext = graph.input("dcontext", {DType::f32, {batch * length, heads * size}});
  graph.output("context", context);
  graph.output("dqkv", attention_grad(qkv, context, lse, lengths, Value(), dcontext, options));
  return dispatches_of(graph, caps, shader);
}

std::string norm(const DeviceCaps& caps, std::int64_t width, bool gradient) {
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {64, width}}), gamma = graph.input("gamma", {DType::f32, {width}});
  const Value y = layer_norm(x, gamma, graph.input("beta", {DType::f32, {width}}), 1e-12f);
  if (gradient) {
    const Value mean(&y.graph(), y.node(), 1), rstd(&y.graph(), y.node(), 2);
    graph.output("dx", layer_norm_grad(x, gamma, mean, rstd, graph.input("dy", {DType::f32, {64, width}})).dx);
  }
  graph.output("y", y);
  PlanOptions options;
  options.caps = caps;
  const Program program = make_program(graph, options);
  const std::string_view op = gradient ? "layer_norm_grad" : "layer_norm";
  const auto node = std::ranges::find_if(program.nodes, [&](const PlacedNode& n) { return n.op->name == op; });
  return node == program.nodes.end() ? "no such node" : node->kernel;
}

}  // namespace

TEST_CASE("tiles of products fit the registers of a compiler") {
  for (const DeviceCaps& caps : kGpus) {
    CAPTURE(caps.name);
    std::vector<std::uint32_t> large = product(caps, 8192, 768, 3072).at(0).constants;
    large.resize(6);
    const bool has_255 = caps.vendor_id == 0x1002 || caps.vendor_id == 0x10DE;
    CHECK(large == (has_255 ? std::vector<std::uint32_t>{256, 128, 128, 16, 8, 8}
                            : std::vector<std::uint32_t>{256, 128, 64, 16, 8, 4}));
    for (const std::int64_t m : {32, 256, 1024, 4096}) {
      for (const Dispatch& d : product(caps, m, 768, 768)) {
        CHECK(4 * d.constants[3] * (d.constants[1] + d.constants[2] + 8) <= caps.shared_memory_bytes / 2);
        if (!has_255) CHECK(d.constants[4] * d.constants[5] <= 32);
      }
    }
  }
}

TEST_CASE("products go by quads only where each is whole") {
  constexpr std::size_t kAligned = 8;
  CHECK(product(kRdna, 1024, 768, 3072).at(0).constants[kAligned] == 1);
  CHECK(product(kRdna, 1023, 768, 3072).at(0).constants[kAligned] == 1);  // no quad runs along m
  CHECK(product(kRdna, 1024, 766, 3072).at(0).constants[kAligned] == 0);
  CHECK(product(kRdna, 1024, 768, 30522).at(0).constants[kAligned] == 0);
  // Rows lie 1024 apart, but of 1022 columns the last quad is not whole.
  Graph graph;
  const StridedMatmulOptions options{.m = 1024,
                                     .n = 1022,
                                     .k = 768,
                                     .a = {.row_stride = 768},
                                     .b = {.row_stride = 1024},
                                     .c = {.row_stride = 1022},
                                     .c_shape = {1024, 1022}};
  const Value a = graph.input("a", {DType::f32, {1024, 768}}), b = graph.input("b", {DType::f32, {768, 1024}});
  graph.output("c", strided_matmul(a, b, options));
  CHECK(dispatches_of(graph, kRdna, "matmul_tile").at(0).constants[kAligned] == 0);
}

TEST_CASE("attention fills a compute unit's lanes and leaves memory for a second workgroup") {
  for (const DeviceCaps& caps : kGpus) {
    CAPTURE(caps.name);
    for (const std::int64_t batch : {1, 2, 8, 64}) {
      for (const char* shader : {"attention_tile", "attention_grad_tile"}) {
        const std::vector<Dispatch> tiles = attend(caps, batch, 128, 12, 64, shader);
        REQUIRE(!tiles.empty());
        for (const Dispatch& d : tiles) {
          const std::uint32_t rows = d.constants[1], invocations = d.constants[0];
          CHECK(invocations == 4 * rows);
          CHECK(invocations >= 4 * caps.min_subgroup_size);  // which run side by side
          CHECK(rows <= 64);                                 // 32 KB of shared memory in either shader
        }
      }
    }
  }
}

TEST_CASE("rows that outgrow a subgroup's registers go to a workgroup") {
  for (const DeviceCaps& caps : {kGcn, kRdna, kTuring}) {
    CAPTURE(caps.name);
    CHECK(norm(caps, 768, false) == "subgroup");
    CHECK(norm(caps, 768, true) == "subgroup");
  }
  // A register of a subgroup of 32 is four of a Gen9 thread's 128, two of an Xe2 thread's.
  CHECK(norm(kGen9, 128, false) == "subgroup");
  CHECK(norm(kGen9, 128, true) == "workgroup");
  CHECK(norm(kGen9, 256, false) == "workgroup");
  CHECK(norm(kXe2, 128, true) == "subgroup");
  CHECK(norm(kXe2, 256, false) == "subgroup");
  CHECK(norm(kXe2, 512, false) == "workgroup");
  CHECK(norm(kApple, 768, false) == "subgroup");
  CHECK(norm(kApple, 768, true) == "workgroup");
  for (const DeviceCaps& caps : {kGen9, kXe2}) {
    CAPTURE(caps.name);
    CHECK(norm(caps, 768, false) == "workgroup");
    CHECK(norm(caps, 768, true) == "workgroup");
  }
  CHECK(norm(kGen9, 4096, true) == "basic");  // 16 columns an invocation
}

TEST_CASE("a software device's training step has none of the GPUs' kernels") {
  DeviceCaps software = gpu("llvmpipe", 0x10005, {8, 8, 8}, 32768);
  software.device_class = DeviceClass::Cpu;
  software.is_llvmpipe = true;
  PlanOptions options;
  options.caps = software;
  for (const char* preset : {"tiny", "base"}) {
    const BertConfig config = BertConfig::preset(preset);
    const ParameterLayout layout(bert_parameters(config));
    const Program program = make_program(run_passes(make_step_graph(config, {8, 128, 20}, layout, {})), options);
    for (const PlacedDispatch& placed : program.dispatches) {
      const std::string& shader = placed.dispatch.shader;
      CAPTURE(shader);
      CHECK(shader.find("_tile") == std::string::npos);
      CHECK(shader.find("_workgroup") == std::string::npos);
    }
  }
}
