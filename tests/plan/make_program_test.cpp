#include "plan/make_program.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "plan/print.h"
#include "plan/toy_ops.h"
#include "scoria/error.h"

namespace scoria {
namespace {

const OpRegistration rotate_registered(toy::rotate_op);  // SCORIA_KERNELS knows registered ops only

class KernelsVariable {
 public:
  explicit KernelsVariable(const char* value) { setenv("SCORIA_KERNELS", value, 1); }
  ~KernelsVariable() { unsetenv("SCORIA_KERNELS"); }
};

template <typename Make>
std::string refusal(ErrorKind kind, Make make) {
  try {
    make();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.what();
  }
  return "";
}

const PlacedNode& node_of(const Program& program, const OpDef& op) {
  for (const PlacedNode& node : program.nodes) {
    if (node.op == &op) return node;
  }
  throw std::runtime_error("the program has no such node");
}

}  // namespace

TEST_CASE("values lie where their origin says") {
  Graph graph;
  const Value x = toy::input(graph, "x", 65);
  const Value y = toy::input(graph, "y", 64);
  const Value s = toy::state(graph, "s", 128);
  const Value unused = toy::state(graph, "unused", 64);
  const Value z = toy::rotate(y);
  graph.output("z", z);
  graph.output("half of s", toy::view(s, 64, 64));
  graph.output("x itself", x);
  graph.output("middle of z", toy::view(z, 16, 16));
  graph.keep(unused);
  const Program program = make_program(graph, {});
  CHECK(program.inputs[0].region == Region{Space::Input, 0, 0, 260});
  CHECK(program.inputs[1].region == Region{Space::Input, 0, 512, 256});
  CHECK(program.input_bytes == 768);
  CHECK(program.states[0].region == Region{Space::State, 0, 0, 512});
  CHECK(program.states[1].region == Region{Space::State, 1, 0, 256});
  CHECK(program.outputs[0].region == Region{Space::Output, 0, 0, 256});
  CHECK(program.outputs[1].region == Region{Space::State, 0, 256, 256});
  CHECK(program.outputs[2].region == program.inputs[0].region);
  CHECK(program.outputs[3].region == Region{Space::Output, 0, 64, 64});
  CHECK(program.output_bytes == 256);
  CHECK(program.nodes.size() == 1);
  CHECK(program.arena_block_bytes.empty());
}

TEST_CASE("reuse: only where the input dies") {
  Graph graph;
  const Value x = toy::input(graph, "x", 64);
  const Value a = toy::rotate(x);
  const Value b = toy::blend(a, x);  // a dies here
  const Value c = toy::rotate(b);
  const Value d = toy::blend(b, c);  // c could serve, b is read again below
  graph.output("e", toy::rotate(toy::blend(toy::rotate(d), b)));
  const Program program = make_program(graph, {});
  CHECK(program.nodes[1].outputs[0] == program.nodes[1].inputs[0]);
  CHECK(program.nodes[3].outputs[0] == program.nodes[3].inputs[1]);
  const Program apart = make_program(graph, {.alias = false});
  CHECK(!apart.nodes[1].outputs[0].overlaps(apart.nodes[1].inputs[0]));
  CHECK(apart.arena_block_bytes == std::vector<std::uint64_t>{apart.unaliased_arena_bytes});
  CHECK(program.unaliased_arena_bytes == apart.unaliased_arena_bytes);
  CHECK(program.arena_block_bytes[0] < apart.arena_block_bytes[0]);
}

TEST_CASE("pack: parts are computed in place where they can be, and copied where not") {
  Graph graph;
  const Value x = toy::input(graph, "x", 64);
  const Value flat = toy::state(graph, "flat", 512);
  const Value fresh = toy::rotate(x);
  const Value reshaped = toy::view(toy::blend(toy::rotate(x), x), 64, 0);  // through a view of all, and a reuse
  const Value output = toy::rotate(x);
  const Value unaligned = toy::rotate(x);
  const Value twice = toy::rotate(x);
  graph.output("output", output);
  const Value packed =
      toy::pack(flat, {fresh, reshaped, x, output, unaligned, twice, twice}, {0, 64, 128, 192, 257, 384, 448});
  graph.output("read again", toy::blend(toy::rotate(fresh), packed));
  const Program program = make_program(graph, {.caps = DeviceCaps{}});
  const PlacedNode& pack = node_of(program, toy::pack_op);
  CHECK(pack.outputs[0] == Region{Space::State, 0, 0, 2048});
  CHECK(pack.inputs[1] == Region{Space::State, 0, 0, 256});
  CHECK(pack.inputs[2] == Region{Space::State, 0, 256, 256});
  CHECK(pack.inputs[3].space == Space::Input);
  CHECK(pack.inputs[4].space == Space::Output);
  CHECK(pack.inputs[5].space == Space::Arena);
  CHECK(pack.inputs[6] == Region{Space::State, 0, 1536, 256});
  CHECK(pack.inputs[7] == pack.inputs[6]);
  int copies = 0;
  for (const PlacedDispatch& dispatch : program.dispatches) copies += dispatch.dispatch.shader == "copy" ? 1 : 0;
  CHECK(copies == 4);  // x, output, unaligned, and the second place of twice
  CHECK(find_hazard(program) == "");
}

TEST_CASE("pack: a part waits for the last reader of the old value, and for readers of parts packed before") {
  Graph graph;
  const Value x = toy::input(graph, "x", 64);
  const Value flat = toy::state(graph, "flat", 64);
  SUBCASE("a reader of the old state that runs after the part") {
    const Value part = toy::rotate(x);
    const Value reader = toy::rotate(flat);
    graph.output("y", reader);
    graph.keep(toy::pack(flat, {part}, {0}));
    CHECK(node_of(make_program(graph, {}), toy::pack_op).inputs[1].space == Space::Arena);
  }
  SUBCASE("the same reader, before the part") {
    const Value reader = toy::rotate(flat);
    graph.output("y", reader);
    const Value part = toy::rotate(x);
    graph.keep(toy::pack(flat, {part}, {0}));
    CHECK(node_of(make_program(graph, {}), toy::pack_op).inputs[1].space == Space::State);
  }
  SUBCASE("a part that lives on past the next update") {
    const Value part = toy::rotate(x);
    const Value packed = toy::pack(flat, {part}, {0});
    const Value updated = toy::absorb(packed, x);
    graph.keep(updated);
    graph.output("y", toy::blend(updated, part));
    CHECK(node_of(make_program(graph, {}), toy::pack_op).inputs[1].space == Space::Arena);
  }
  SUBCASE("two packs, the second's part made while the first's is still read") {
    const Value first = toy::rotate(x);
    const Value packed = toy::pack(flat, {first}, {0});
    const Value second = toy::rotate(toy::wind(x));
    graph.output("y", toy::wind(first));
    graph.keep(toy::pack(packed, {second}, {0}));
    const Program program = make_program(graph, {});
    CHECK(program.nodes[1].inputs[1].space == Space::State);  // the first pack
    CHECK(program.nodes.back().op == &toy::pack_op);
    CHECK(program.nodes.back().inputs[1].space == Space::Arena);
  }
}

TEST_CASE("an arena that parts were placed in lives as long as they do") {
  Graph graph;
  const Value x = toy::input(graph, "x", 64);
  const Value flat = toy::wind(toy::input(graph, "wide", 128));
  const Value part = toy::rotate(x);
  const Value packed = toy::pack(flat, {part}, {64});
  graph.output("packed", toy::rotate(packed));
  const Value later = toy::rotate(x);  // must not take the arena of flat: part is read below
  graph.output("y", toy::soften(toy::soften(later, x), part));
  const Program program = make_program(graph, {});
  const Region part_region = node_of(program, toy::pack_op).inputs[1];
  CHECK(part_region.space == Space::Arena);
  for (std::size_t i = 3; i < program.nodes.size(); ++i) {
    for (const Region& output : program.nodes[i].outputs) {
      if (program.nodes[i].op != &toy::pack_op) CHECK(!output.overlaps(part_region));
    }
  }
}

TEST_CASE("guards keep regions apart") {
  Graph graph;
  Value x = toy::input(graph, "x", 64);
  std::vector<Value> values;
  for (int i = 0; i < 5; ++i) values.push_back(toy::rotate(x));
  for (const Value& value : values) x = toy::soften(value, x);
  graph.output("first", x);
  graph.output("second", toy::rotate(x));
  const Program program = make_program(graph, {.caps = DeviceCaps{}, .guard_bytes = 64});
  std::vector<Region> regions;
  for (const PlacedNode& node : program.nodes) {
    for (Region region : node.outputs) {
      region.bytes += 64;
      CHECK(region.offset % kRegionAlignment == 0);
      const std::uint64_t block =
          region.space == Space::Arena ? program.arena_block_bytes[region.block] : program.output_bytes;
      CHECK(region.offset + region.bytes <= block);
      regions.push_back(region);
    }
  }
  for (std::size_t i = 1; i < 5; ++i) CHECK(!regions[i].overlaps(regions[i - 1]));
}

TEST_CASE("a value larger than a block is refused by name") {
  Graph graph;
  const Value x = toy::input(graph, "x", 64);
  Graph::Scope scope(graph, "encoder.0");
  const Value wide = toy::wind(toy::state(graph, "s", 1 << 24));
  graph.output("y", toy::blend(x, toy::view(wide, 64, 0)));
  CHECK(refusal(ErrorKind::Memory, [&] { make_program(graph, {.max_block_bytes = 63ull << 20}); }) ==
        "state \"s\" : f32 [16777216] takes 64.0 MiB, and the device allocates at most 63.0 MiB at once; it is not "
        "divided, whatever the batch: take a smaller model or another device (the CPU has no such limit)");
  CHECK(refusal(ErrorKind::Memory, [&] { make_program(graph, {.max_block_bytes = 64ull << 20, .guard_bytes = 64}); }) ==
        "%2 toy_wind \"encoder.0\" : f32 [16777216] takes 64.0 MiB, and the device allocates at most 64.0 MiB at "
        "once; make the batch, the sequence length or the model smaller");
  CHECK(make_program(graph, {.max_block_bytes = 64ull << 20}).arena_block_bytes.size() == 1);
}

TEST_CASE("kernels: the first that does not refuse, with the reasons of those before") {
  Graph graph;
  graph.output("y", toy::rotate(toy::input(graph, "x", 64)));
  DeviceCaps caps;
  const auto planned = [&] { return make_program(graph, {.caps = caps}).nodes[0]; };
  CHECK(planned().kernel == "basic");
  CHECK(planned().refusals == std::vector<std::string>{"fast: needs f16 arithmetic"});
  caps.float16 = true;
  CHECK(planned().kernel == "fast");
  {
    const KernelsVariable variable("toy_rotate=basic");
    CHECK(planned().kernel == "basic");
  }
  caps.float16 = false;
  {
    const KernelsVariable variable("toy_rotate=fast");  // a forced kernel may refuse too
    CHECK(planned().kernel == "basic");
    CHECK(planned().refusals == std::vector<std::string>{"fast: needs f16 arithmetic"});
  }
  {
    const KernelsVariable variable("toy_rotate=quick");
    CHECK(refusal(ErrorKind::Usage, planned) ==
          "SCORIA_KERNELS: toy_rotate has no kernel \"quick\"; it has fast, basic");
  }
  {
    const KernelsVariable variable("toy_rotate");
    CHECK(refusal(ErrorKind::Usage, planned) == "SCORIA_KERNELS: expected op=kernel,op=kernel; got \"toy_rotate\"");
  }
  {
    const KernelsVariable variable("toy_rotate=basic,no_such_op=fast");
    CHECK(refusal(ErrorKind::Usage, planned).find("SCORIA_KERNELS: no op \"no_such_op\"; the ops are ") == 0);
  }
}

TEST_CASE("an op without a kernel for the device is refused") {
  static const OpDef hostly{.name = "toy_hostly", .infer = toy::same_as_first};
  Graph graph;
  graph.output("y", add_op(hostly, {toy::input(graph, "x", 64)}));
  CHECK(refusal(ErrorKind::Device, [&] { make_program(graph, {.caps = DeviceCaps{}}); }) ==
        "toy_hostly \"\": no kernel for device minimal; --device cpu computes it");
}

TEST_CASE("a program as text") {
  Graph graph;
  const Value x = toy::input(graph, "x", 64);
  const Value s = toy::state(graph, "s", 64);
  Value y = toy::rotate(toy::rotate(x));
  {
    const Graph::Scope scope(graph, "last");
    y = toy::blend(y, s);
  }
  graph.output("y", y);
  CHECK(to_text(make_program(graph, {.caps = DeviceCaps{}})) ==
        R"(program: 3 nodes, 5 dispatches, 4 barriers; arena 512 B (1.0 KiB unshared), inputs 256 B, outputs 256 B
  state 0 "s" f32 [64]
  input "x" f32 [64] @ input + 0
  output "y" f32 [64] @ output + 0
nodes
    0 toy_rotate  kernel basic
        refused  fast: needs f16 arithmetic
        reads    f32 [64] @ input + 0
        writes   f32 [64] @ arena 0 + 0
    1 toy_rotate  kernel basic
        refused  fast: needs f16 arithmetic
        reads    f32 [64] @ arena 0 + 0
        writes   f32 [64] @ output + 0
    2 toy_blend "last"  kernel basic
        reads    f32 [64] @ output + 0
        reads    f32 [64] @ state 0 + 0
        writes   f32 [64] @ output + 0
dispatches
    0 rotate  grid 1 x 1 x 1  node 0 toy_rotate
        reads    input + 0 .. 256
        writes   arena 0 + 256 .. 512
      ------ barrier ------
    1 soften  grid 1 x 1 x 1  node 0 toy_rotate
        reads    arena 0 + 256 .. 512
        reads    input + 0 .. 256
        writes   arena 0 + 0 .. 256
      ------ barrier ------
    2 rotate  grid 1 x 1 x 1  node 1 toy_rotate
        reads    arena 0 + 0 .. 256
        writes   arena 0 + 256 .. 512
      ------ barrier ------
    3 soften  grid 1 x 1 x 1  node 1 toy_rotate
        reads    arena 0 + 256 .. 512
        reads    arena 0 + 0 .. 256
        writes   output + 0 .. 256
      ------ barrier ------
    4 blend  grid 1 x 1 x 1  node 2 toy_blend
        reads    output + 0 .. 256
        reads    state 0 + 0 .. 256
        writes   output + 0 .. 256
arena
  block 0: 512 B, 1 values; each row is 256 B, each column 1.0 nodes
    |aa.|
    |...|
)");
}

}  // namespace scoria
