#pragma once

#include <cstddef>
#include <string_view>

#include "graph/op_def.h"

namespace scoria {

/// For infer functions. Throws Error (Usage) unless every input is f32.
void expect_f32(const OpCall& call);
/// Throws Error (Usage) 'op "label": x must be f32; got i32 [3, 4]' unless input i is of the
/// dtype.
void expect_dtype(const OpCall& call, std::size_t i, std::string_view name, DType dtype);
/// The same for dtype and shape; `meaning` says where the shape comes from: "one for each row of logits".
void expect_desc(const OpCall& call, std::size_t i, std::string_view name, const TensorDesc& desc,
                 std::string_view meaning = {});
/// For ops that draw masks: input i is the four words of dropout's rng; the attribute is a probability below 1.
void expect_rng(const OpCall& call, std::size_t i);
void expect_probability(const OpCall& call, std::string_view attribute);
/// The same ops, where they have an input i: the rows that x, input 0, draws as.
void expect_draw_rows(const OpCall& call, std::size_t i);

}  // namespace scoria
