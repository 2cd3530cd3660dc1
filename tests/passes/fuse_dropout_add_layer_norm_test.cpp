#include "passes/fuse_dropout_add_layer_norm.h"

#include <doctest/doctest.h>

#include "scoria/autodiff.h"
#include "scoria/device.h"
#include "scoria/ops.h"
#include "scoria/session.h"

namespace scoria {
namespace {

struct Block {
  Graph graph;
  Value x = graph.input("x", {DType::f32, Shape{6, 8}});
  Value residual = graph.input("residual", {DType::f32, Shape{6, 8}});
  Value rng = graph.input("rng", {DType::u32, Shape{4}});
  Value parameters = graph.state("parameters", {DType::f32, Shape{128}});

  Value gamma() { return view(parameters, {8}, 0); }
  Value beta() { return view(parameters, {8}, 64); }

  void expect_unchanged() {
    const std::string before = graph.to_string();
    CHECK(fuse_dropout_add_layer_norm(graph) == 0);
    CHECK(graph.to_string() == before);
  }
};

}  // namespace

TEST_CASE("fuse_dropout_add_layer_norm: three nodes become one") {
  for (const bool dropout_first : {true, false}) {
    Block block;
    const Value dropped = dropout(block.x, block.rng, 0.25f, 7);
    const Value sum = dropout_first ? add(dropped, block.residual) : add(block.residual, dropped);
    {
      const Graph::Scope scope(block.graph, "encoder.0.output");
      const Value gamma = block.gamma();
      block.graph.output("y", layer_norm(sum, gamma, block.beta(), 1e-5f));
    }
    CHECK(fuse_dropout_add_layer_norm(block.graph) == 1);
    block.graph.verify();
    CHECK(block.graph.to_string() ==
          R"(%0 = input "x" : f32 [6, 8]
%1 = input "residual" : f32 [6, 8]
%2 = input "rng" : u32 [4]
%3 = state "parameters" : f32 [128]
%4 = view %3 {shape: [8], offset: 0} : f32 [8]  // encoder.0.output
%5 = view %3 {shape: [8], offset: 64} : f32 [8]  // encoder.0.output
%6 = dropout_add_layer_norm %0, %1, %2, %4, %5 {p: 0.25, site: 7, eps: 1e-05} : f32 [6, 8], f32 [6, 8], f32 [6], f32 [6]  // encoder.0.output
output "y" = %6.0
)");
    block.expect_unchanged();
  }
}

TEST_CASE("fuse_dropout_add_layer_norm: the gradient reads the fused node's sum, mean and rstd") {
  Block block;
  const Value sum = add(dropout(block.x, block.rng, 0.25f, 7), block.residual);
  const Value between = gelu(sum);  // runs before the layer_norm, needs the sum
  const Value y = layer_norm(sum, block.gamma(), block.beta());
  const Value loss = mean(multiply(add(y, between), y));
  const Value values[] = {block.x, block.residual, block.parameters};
  const std::vector<Value> grads = gradients(loss, values);
  for (int i = 0; i < 3; ++i) block.graph.output("gradient " + std::to_string(i), grads[static_cast<std::size_t>(i)]);
  Session plain(Device::open("cpu"), block.graph, {.optimize = false});
  CHECK(fuse_dropout_add_layer_norm(block.graph) == 1);
  block.graph.verify();
  block.expect_unchanged();
  Session fused(Device::open("cpu"), block.graph, {.optimize = false});
  for (Session* session : {&plain, &fused}) {
    const auto fill = [&](const char* name, float start) {
      Tensor tensor(session->desc(name));
      for (float& value : tensor.values<float>()) value = start = start * 0.9f - 0.37f;
      session->write(name, tensor);
    };
    fill("x", 1.0f);
    fill("residual", -2.0f);
    fill("parameters", 3.0f);
    session->write("rng", Tensor::from(Shape{4}, std::vector<std::uint32_t>{1, 2, 3, 0}));
    session->step();
  }
  for (const char* name : {"gradient 0", "gradient 1", "gradient 2"}) {
    const Tensor expected = plain.read(name), got = fused.read(name);
    for (std::size_t i = 0; i < expected.values<float>().size(); ++i) {
      CHECK(got.values<float>()[i] == doctest::Approx(expected.values<float>()[i]).epsilon(1e-5));
    }
  }
}

TEST_CASE("fuse_dropout_add_layer_norm: what must stay as it is") {
  Block block;
  SUBCASE("the dropped values have another user") {
    const Value dropped = dropout(block.x, block.rng, 0.25f, 7);
    block.graph.output("dropped", dropped);
    block.graph.output("y", layer_norm(add(dropped, block.residual), block.gamma(), block.beta()));
    block.expect_unchanged();
  }
  SUBCASE("no dropout") {
    block.graph.output("y", layer_norm(add(block.x, block.residual), block.gamma(), block.beta()));
    block.expect_unchanged();
  }
  SUBCASE("the residual is repeated over rows") {
    const Value sum = add(dropout(block.x, block.rng, 0.25f, 7), block.beta());
    block.graph.output("y", layer_norm(sum, block.gamma(), block.beta()));
    block.expect_unchanged();
  }
  SUBCASE("gamma comes from the sum") {
    const Value sum = add(dropout(block.x, block.rng, 0.25f, 7), block.residual);
    block.graph.output("y", layer_norm(sum, view(sum, {8}), block.beta()));
    block.expect_unchanged();
  }
}

}  // namespace scoria
