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

}  // namespace scoria
