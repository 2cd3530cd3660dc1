// What a profile is turned into: bytes moved, shares of the roof, a trace, a picture.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "graph/op_def.h"
#include "runtime/moved_bytes.h"
#include "runtime/roofline.h"
#include "runtime/step_trace.h"

using namespace scoria;
using nlohmann::json;

namespace {

double moved(std::string_view op, const std::vector<TensorDesc>& inputs, const std::vector<TensorDesc>& outputs) {
  const OpDef* found = find_op(op);
  REQUIRE(found);
  return moved_bytes(*found, inputs, outputs);
}

TensorDesc f32(Shape shape) { return {DType::f32, shape}; }
TensorDesc i32(Shape shape) { return {DType::i32, shape}; }

const std::vector<ProfileRow> kProfile = {{"matmul", "encoder.layer.0.query", "tile", "[2, 2]", 2.0, 4e6, 1e6},
                                          {"add", "encoder.layer.0.query", "flat", "[2, 2]", 1.0, 1e5, 2e6},
                                          {"matmul", "encoder.layer.1.query", "tile", "[2, 2]", 2.0, 4e6, 1e6},
                                          {"place", "", "copy", "[2] & <3>", 0.5, 0, 1e6}};

}  // namespace

TEST_CASE("bytes moved: operands once; of a table the rows that are read; of an update what is added; nothing placed") {
  CHECK(moved("add", {f32({8, 4}), f32({8, 4})}, {f32({8, 4})}) == 3 * 128);
  CHECK(moved("matmul", {f32({8, 4}), f32({4, 2})}, {f32({8, 2})}) == 4 * (32 + 8 + 16));
  CHECK(moved("gather_rows", {f32({1000, 4}), i32({2})}, {f32({2, 4})}) == 2 * 32);
  CHECK(moved("scatter_add_rows_into", {f32({1000, 4}), i32({2}), f32({2, 4})}, {f32({1000, 4})}) == 3 * (32 + 8));
  CHECK(moved("accumulate", {f32({8}), f32({8}), f32({})}, {f32({8})}) == 3 * 32 + 4);
  CHECK(moved("pack", {f32({16}), f32({8}), f32({8})}, {f32({16})}) == 0);
  CHECK(moved("increment", {i32({4})}, {i32({4})}) == 2 * 16);
}

TEST_CASE("shares of the roof: the nearer side counts, and bytes faster than memory came out of caches") {
  const std::vector<RooflineRow> rows = roofline_rows(kProfile, {.gflops = 10, .gbps = 1});
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].op == "matmul");
  CHECK(rows[0].nodes == 2);
  CHECK(rows[0].gflops() == doctest::Approx(2));
  CHECK(rows[0].gbps() == doctest::Approx(0.5));
  CHECK(rows[0].peak_fraction == doctest::Approx(0.5));
  CHECK(rows[1].op == "add");
  CHECK(rows[1].in_cache);  // 2 GB/s
  CHECK(rows[1].peak_fraction == doctest::Approx(0.01));
  CHECK(rows[2].in_cache);
  CHECK(rows[2].peak_fraction == 0);
  CHECK(roofline_table(kProfile, {.gflops = 10, .gbps = 1}).find("(from caches)") != std::string::npos);
  CHECK(roofline_rows(kProfile, {})[0].peak_fraction == 0);  // a device whose peaks are not known
}

TEST_CASE("a trace: nodes one after the other, inside the parts of their labels") {
  const json trace = json::parse(step_trace(kProfile, "a step"));
  std::vector<json> nodes, scopes;
  for (const json& event : trace["traceEvents"])
    if (event["ph"] == "X") (event["cat"] == "node" ? nodes : scopes).push_back(event);
  REQUIRE(nodes.size() == 4);
  CHECK(nodes[2]["ts"] == 3000.0);
  CHECK(nodes[2]["dur"] == 2000.0);
  CHECK(nodes[2]["args"]["kernel"] == "tile");
  CHECK(nodes[2]["args"]["gflops"] == doctest::Approx(2));
  const auto scope = [&](const std::string& name, double start, double duration) {
    return std::ranges::any_of(
        scopes, [&](const json& s) { return s["name"] == name && s["ts"] == start && s["dur"] == duration; });
  };
  CHECK(scope("encoder", 0, 5000));
  CHECK(scope("0", 0, 3000));
  CHECK(scope("1", 3000, 2000));
  CHECK(scopes.size() == 6);
}

TEST_CASE("the roofline as a picture: a point for each row with arithmetic, every row in the list, text escaped") {
  const DevicePeaks peaks{.gflops = 10, .gbps = 1};
  std::vector<ProfileRow> profile = kProfile;
  profile[0].op = profile[2].op = "a<b>&c";
  const std::string svg = roofline_svg(roofline_rows(profile, peaks), peaks, "x & y");
  const auto count = [&](std::string_view text) {
    std::size_t found = 0;
    for (std::size_t at = svg.find(text); at != svg.npos; at = svg.find(text, at + 1)) ++found;
    return found;
  };
  CHECK(count("<circle ") == 2);
  CHECK(count("class=\"roof\"") == 2);
  CHECK(count("a&lt;b&gt;&amp;c tile</text>") == 1);
  CHECK(count("x &amp; y") == 1);
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(svg.find("nan") == svg.npos);
  CHECK(roofline_svg({}, {}, "nothing").find("nan") == std::string::npos);
}
