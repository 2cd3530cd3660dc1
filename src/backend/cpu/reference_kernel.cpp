#include "backend/cpu/reference_kernel.h"

#include <algorithm>
#include <memory>

#include "tensor/element.h"

namespace scoria {
namespace {

/// A node's operands in double, made once and reused each step.
struct DoubleOperands {
  std::vector<ReferenceTensor> inputs, outputs;
  std::vector<const ReferenceTensor*> input_pointers;
  Attributes attributes;
};

std::vector<ReferenceTensor> make_tensors(std::span<const TensorDesc> descs) {
  std::vector<ReferenceTensor> tensors;
  for (const TensorDesc& desc : descs) {
    tensors.push_back({desc, std::vector<double>(static_cast<std::size_t>(desc.shape.element_count()))});
  }
  return tensors;
}

void prepare_outputs(const OpDef& op, DoubleOperands& operands) {
  for (ReferenceTensor& output : operands.outputs) std::fill(output.values.begin(), output.values.end(), 0.0);
  for (const Alias& alias : op.aliases) {
    if (alias.kind == AliasKind::Update) operands.outputs[alias.output].values = operands.inputs[alias.input].values;
  }
}

}  // namespace

CpuKernel reference_kernel(const OpDef& op, const OpCall& call) {
  auto operands = std::make_shared<DoubleOperands>();
  operands->inputs = make_tensors(call.inputs);
  operands->outputs = make_tensors(call.outputs);
  operands->attributes = call.attributes;
  for (const ReferenceTensor& input : operands->inputs) operands->input_pointers.push_back(&input);
  return [&op, operands](const CpuArgs& args) {
    for (std::size_t i = 0; i < operands->inputs.size(); ++i) {
      to_double(operands->inputs[i].desc.dtype, args.inputs[i], operands->inputs[i].values);
    }
    prepare_outputs(op, *operands);
    op.reference({operands->input_pointers, operands->outputs, operands->attributes});
    for (std::size_t i = 0; i < operands->outputs.size(); ++i) {
      from_double(operands->outputs[i].desc.dtype, operands->outputs[i].values, args.outputs[i]);
    }
  };
}

}  // namespace scoria
