#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "graph/attributes.h"
#include "graph/kernel_plan.h"
#include "scoria/graph.h"

namespace scoria {

/// A tensor of the double reference: every element a double, whatever the dtype (all 32-bit integers are exact).
struct ReferenceTensor {
  TensorDesc desc;
  std::vector<double> values;
};

struct ReferenceArgs {
  std::span<const ReferenceTensor* const> inputs;
  std::span<ReferenceTensor> outputs;  ///< sized and zero; an updated output holds the input's values
  const Attributes& attributes;
};

/// Raw operands of the CPU path. An updated or reused output has the same address as its input.
struct CpuArgs {
  std::span<const void* const> inputs;
  std::span<void* const> outputs;

  template <typename T>
  const T* in(std::size_t i) const {
    return static_cast<const T*>(inputs[i]);
  }
  template <typename T>
  T* out(std::size_t i) const {
    return static_cast<T*>(outputs[i]);
  }
};

/// How an output shares memory with an input.
enum class AliasKind : std::uint8_t {
  View,    ///< the output is a part of the input (attribute "offset", in elements); no kernel runs
  Update,  ///< the op changes the input in place: the output is the input's memory, always
  Reuse,   ///< the output may take the input's memory if nobody needs the input afterwards
  /// The input, and every input after it, should be computed right inside the output: input + i at attribute
  /// "offsets"[i] elements. Where the planner cannot, the op copies: one dispatch a part, which the planner leaves out
  /// for a part in place; on the host such a part has its target's address.
  Place,
};

struct Alias {
  std::uint32_t output;
  std::uint32_t input;
  AliasKind kind;
};

/// What a gradient rule may look at: its node's inputs and outputs, and the gradient of each output (absent
/// where the loss does not depend on it). It returns one gradient per input, absent where there is none.
struct GradArgs {
  std::span<const Value> inputs;
  std::span<const Value> outputs;
  std::span<const Value> output_grads;
  const Attributes& attributes;
};

using CpuKernel = std::function<void(const CpuArgs&)>;

using InferFn = std::vector<TensorDesc> (*)(const OpCall& call);  ///< call.outputs is empty here
using ReferenceFn = void (*)(const ReferenceArgs& args);
using CpuFn = CpuKernel (*)(const OpCall& call);  ///< prepares once, the kernel runs every step
using ExpandFn = std::vector<Value> (*)(std::span<const Value> inputs, const Attributes& attributes);
using GradFn = std::vector<Value> (*)(const GradArgs& args);
using FlopsFn = double (*)(const OpCall& call);

/// An op: plain data and functions, no class to derive from.
struct OpDef {
  std::string_view name;                       ///< "layer_norm"
  InferFn infer = nullptr;                     ///< descs of the outputs; throws Error on misuse
  ReferenceFn reference = nullptr;             ///< plain loops in double: what the op means
  CpuFn cpu = nullptr;                         ///< fast host path; nullptr = the reference serves
  std::span<const KernelChoice> kernels = {};  ///< Vulkan, best first; the last never refuses
  ExpandFn expand = nullptr;                   ///< a fused op in smaller ops: its specification; {}: a form has none
  GradFn grad = nullptr;                       ///< nullptr = not differentiable, and no_grad says why
  std::string_view no_grad = {};
  std::span<const Alias> aliases = {};
  FlopsFn flops = nullptr;  ///< multiply and add count as two; nullptr = moves data only
};

/// Enters an op into the table; one static object beside each OpDef.
struct OpRegistration {
  explicit OpRegistration(const OpDef& op);
};

/// All registered ops, by name.
std::vector<const OpDef*> op_table();
const OpDef* find_op(std::string_view name);

/// Appends a node and returns its outputs. Runs the op's infer, so a misuse throws here, with the op's name and
/// the node's label in front of the message. Optional inputs that are absent must be left out by the builder.
std::vector<Value> add_node(const OpDef& op, std::span<const Value> inputs, Attributes attributes = {});
/// The same for an op of one output.
Value add_op(const OpDef& op, std::initializer_list<Value> inputs, Attributes attributes = {});
/// The same for an op without tensor inputs.
std::vector<Value> add_source(Graph& graph, const OpDef& op, Attributes attributes, std::string_view label = {});

/// Throws Error(Usage) 'op "label": message'.
[[noreturn]] void misuse(const OpCall& call, std::string_view message);

}  // namespace scoria
