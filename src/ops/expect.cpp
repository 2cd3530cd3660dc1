#include "ops/expect.h"

#include <fmt/format.h>

namespace scoria {

void expect_f32(const OpCall& call) {
  for (std::size_t i = 0; i < call.inputs.size(); ++i) expect_dtype(call, i, fmt::format("argument {}", i), DType::f32);
}

void expect_dtype(const OpCall& call, std::size_t i, std::string_view name, DType dtype) {
  if (call.inputs[i].dtype == dtype) return;
  misuse(call, fmt::format("{} must be {}; got {}", name, scoria::name(dtype), call.inputs[i].to_string()));
}

void expect_desc(const OpCall& call, std::size_t i, std::string_view name, const TensorDesc& desc,
                 std::string_view meaning) {
  if (call.inputs[i] == desc) return;
  misuse(call, fmt::format("{} must be {}{}{}; got {}", name, desc.to_string(), meaning.empty() ? "" : ", ", meaning,
                           call.inputs[i].to_string()));
}

void expect_rng(const OpCall& call, std::size_t i) {
  expect_desc(call, i, "rng", {DType::u32, {4}}, "seed low, seed high, step, first row");
}

void expect_probability(const OpCall& call, std::string_view attribute) {
  const double p = call.attributes.number(attribute);
  if (!(p >= 0.0 && p < 1.0)) misuse(call, fmt::format("{} must be in [0, 1); got {}", attribute, p));
}

void expect_draw_rows(const OpCall& call, std::size_t i) {
  if (call.inputs.size() <= i) return;
  expect_desc(call, i, "rows", {DType::i32, {call.inputs[0].shape.row_count()}}, "one for each row of x");
}

}  // namespace scoria
