#include <fmt/format.h>

#include <algorithm>

#include "graph/op_def.h"
#include "ops/expect.h"
#include "scoria/error.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

std::vector<TensorDesc> infer(const OpCall& call) {
  const Shape shape(call.attributes.integers("shape"));
  const std::int64_t offset = call.attributes.integer("offset");
  const std::int64_t available = call.inputs[0].shape.element_count();
  if (offset < 0 || shape.element_count() > available - offset) {
    misuse(call, fmt::format("shape {} from element {} on must lie inside x {}", shape.to_string(), offset,
                             call.inputs[0].shape.to_string()));
  }
  return {{call.inputs[0].dtype, shape}};
}

void reference(const ReferenceArgs& args) {
  std::vector<double>& y = args.outputs[0].values;
  std::copy_n(args.inputs[0]->values.begin() + args.attributes.integer("offset"), y.size(), y.begin());
}

std::vector<Value> grad(const GradArgs& args) {
  const Shape& shape = args.inputs[0].shape();
  const Value dy = args.output_grads[0];
  if (shape.element_count() == dy.shape().element_count()) return {reshape(dy, shape)};
  return {place(dy, shape, args.attributes.integer("offset"))};
}

constexpr Alias kAliases[] = {{0, 0, AliasKind::View}};

}  // namespace

const OpDef view_op{
    .name = "view",
    .infer = infer,
    .reference = reference,
    .grad = grad,
    .aliases = kAliases,
};
const OpRegistration view_registered(view_op);

Value view(Value x, Shape shape, std::int64_t offset) {
  return add_op(view_op, {x}, {{"shape", shape.sizes()}, {"offset", offset}});
}

Value reshape(Value x, Shape shape) {
  if (x && x.shape().element_count() != shape.element_count()) {
    throw Error(ErrorKind::Usage, fmt::format("reshape: {} must have as many elements as x {}", shape.to_string(),
                                              x.shape().to_string()));
  }
  return view(x, std::move(shape), 0);
}

}  // namespace scoria
