#pragma once

// Ops made up for the planner's tests. They work on f32 values of 64 elements or a multiple, and each mixes neighbours,
// so that sharing memory where an op has not allowed it changes the result.

#include <array>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "graph/node.h"

namespace scoria::toy {

inline std::size_t count(const TensorDesc& desc) { return static_cast<std::size_t>(desc.shape.element_count()); }

using Buffers = std::vector<std::span<float>>;
/// What a "shader" does with its buffers.
using Shader = void (*)(const Buffers& b);

inline const std::map<std::string, Shader>& shaders() {
  static const std::map<std::string, Shader> all = {
      {"blend",  // element by element, b[1] repeated: may run in place
       [](const Buffers& b) {
         for (std::size_t i = 0; i < b[2].size(); ++i) b[2][i] = 0.5f * b[0][i] - 0.25f * b[1][i % b[1].size()] + 1.0f;
       }},
      {"rotate",
       [](const Buffers& b) {
         for (std::size_t i = 0; i < b[1].size(); ++i) b[1][i] = 0.75f * b[0][(i + 7) % b[1].size()];
       }},
      {"soften",
       [](const Buffers& b) {
         for (std::size_t i = 0; i < b[2].size(); ++i) b[2][i] = 0.5f * b[0][i] + 0.25f * b[1][i] + 0.5f;
       }},
      {"split",  // element by element: one of the outputs may lie on the input
       [](const Buffers& b) {
         for (std::size_t i = 0; i < b[0].size(); ++i) {
           const float x = b[0][i];
           b[1][i] = x + 2.0f;
           b[2][i] = -0.5f * x;
         }
       }},
      {"absorb",  // b[1] is updated
       [](const Buffers& b) {
         for (std::size_t i = 0; i < b[1].size(); ++i) b[1][i] = 0.5f * b[1][i] + 0.25f * b[0][i] + 1.0f;
       }},
      {"copy",
       [](const Buffers& b) {
         for (std::size_t i = 0; i < b[1].size(); ++i) b[1][i] = b[0][i];
       }},
  };
  return all;
}

inline std::vector<TensorDesc> same_as_first(const OpCall& call) { return {call.inputs[0]}; }

inline std::span<float> input_floats(const CpuArgs& args, std::size_t i, std::size_t n) {
  return {static_cast<float*>(const_cast<void*>(args.inputs[i])), n};
}

/// A host kernel that runs a shader on the node's inputs, then its outputs.
template <const char* shader>
CpuKernel run_shader(const OpCall& call) {
  std::vector<std::size_t> input_counts, output_counts;
  for (const TensorDesc& desc : call.inputs) input_counts.push_back(count(desc));
  for (const TensorDesc& desc : call.outputs) output_counts.push_back(count(desc));
  return [input_counts, output_counts](const CpuArgs& args) {
    Buffers buffers;
    for (std::size_t i = 0; i < input_counts.size(); ++i) {
      buffers.push_back(input_floats(args, i, input_counts[i]));
    }
    for (std::size_t i = 0; i < output_counts.size(); ++i) buffers.emplace_back(args.out<float>(i), output_counts[i]);
    shaders().at(shader)(buffers);
  };
}

/// The same on a device, in one dispatch.
template <const char* shader>
PlannedKernel dispatch_shader(const OpCall& call, const DeviceCaps&) {
  Dispatch dispatch{.shader = shader};
  for (std::uint32_t i = 0; i < call.inputs.size(); ++i) dispatch.buffers.push_back(Operand::in(i));
  for (std::uint32_t i = 0; i < call.outputs.size(); ++i) dispatch.buffers.push_back(Operand::out(i));
  return KernelPlan{{dispatch}, {}};
}

template <const char* shader>
inline constexpr std::array<KernelChoice, 1> kOneDispatch = {KernelChoice{"basic", dispatch_shader<shader>}};

// ---- blend: element by element, may take the memory of either input -------------------------------------------

inline constexpr char kBlend[] = "blend";

inline constexpr std::array<Alias, 2> kBlendAliases = {Alias{0, 0, AliasKind::Reuse}, Alias{0, 1, AliasKind::Reuse}};
inline const OpDef blend_op{.name = "toy_blend",
                            .infer = same_as_first,
                            .cpu = run_shader<kBlend>,
                            .kernels = kOneDispatch<kBlend>,
                            .aliases = kBlendAliases};

// ---- rotate: in two dispatches through scratch memory ---------------------------------------------------------

inline CpuKernel rotate_cpu(const OpCall& call) {
  const std::size_t n = count(call.outputs[0]);
  return [n](const CpuArgs& args) {
    const std::span<float> x = input_floats(args, 0, n);
    std::vector<float> rotated(n);
    shaders().at("rotate")({x, rotated});
    shaders().at("soften")({rotated, x, {args.out<float>(0), n}});
  };
}

inline PlannedKernel rotate_kernel(const OpCall& call, const DeviceCaps&) {
  Dispatch first{.shader = "rotate", .buffers = {Operand::in(0), Operand::scratch_write(0)}};
  Dispatch second{.shader = "soften", .buffers = {Operand::scratch_read(0), Operand::in(0), Operand::out(0)}};
  return KernelPlan{{first, second}, {call.inputs[0].byte_count()}};
}

inline PlannedKernel fast_rotate_kernel(const OpCall& call, const DeviceCaps& caps) {
  if (!caps.float16) return Refusal{"needs f16 arithmetic"};
  return rotate_kernel(call, caps);
}

inline constexpr std::array<KernelChoice, 2> kRotateKernels = {KernelChoice{"fast", fast_rotate_kernel},
                                                               KernelChoice{"basic", rotate_kernel}};
inline const OpDef rotate_op{
    .name = "toy_rotate", .infer = same_as_first, .cpu = rotate_cpu, .kernels = kRotateKernels};

// ---- wind: writes its output in a first dispatch and finishes it in a second ------------------------------------

inline CpuKernel wind_cpu(const OpCall& call) {
  const std::size_t n = count(call.outputs[0]);
  return [n](const CpuArgs& args) {
    const std::span<float> x = input_floats(args, 0, n);
    const std::span<float> y(args.out<float>(0), n);
    shaders().at("rotate")({x, y});
    shaders().at("absorb")({x, y});
  };
}

inline PlannedKernel wind_kernel(const OpCall&, const DeviceCaps&) {
  Dispatch first{.shader = "rotate", .buffers = {Operand::in(0), Operand::out(0)}};
  Dispatch second{.shader = "absorb", .buffers = {Operand::in(0), Operand::update(0)}};
  return KernelPlan{{first, second}, {}};
}

inline constexpr std::array<KernelChoice, 1> kWindKernels = {KernelChoice{"basic", wind_kernel}};
inline const OpDef wind_op{.name = "toy_wind", .infer = same_as_first, .cpu = wind_cpu, .kernels = kWindKernels};

// ---- soften: two inputs, no alias ---------------------------------------------------------------------------------

inline constexpr char kSoften[] = "soften";

inline const OpDef soften_op{
    .name = "toy_soften", .infer = same_as_first, .cpu = run_shader<kSoften>, .kernels = kOneDispatch<kSoften>};

// ---- split: two outputs, either may take the input's memory ------------------------------------------------------

inline std::vector<TensorDesc> split_infer(const OpCall& call) { return {call.inputs[0], call.inputs[0]}; }

inline constexpr char kSplit[] = "split";

inline constexpr std::array<Alias, 2> kSplitAliases = {Alias{0, 0, AliasKind::Reuse}, Alias{1, 0, AliasKind::Reuse}};
inline const OpDef split_op{.name = "toy_split",
                            .infer = split_infer,
                            .cpu = run_shader<kSplit>,
                            .kernels = kOneDispatch<kSplit>,
                            .aliases = kSplitAliases};

// ---- absorb: updates its first input in place -----------------------------------------------------------------

inline CpuKernel absorb_cpu(const OpCall& call) {
  const std::size_t n = count(call.outputs[0]);
  return [n](const CpuArgs& args) { shaders().at("absorb")({input_floats(args, 1, n), {args.out<float>(0), n}}); };
}

inline PlannedKernel absorb_kernel(const OpCall&, const DeviceCaps&) {
  return KernelPlan{{Dispatch{.shader = "absorb", .buffers = {Operand::in(1), Operand::update(0)}}}, {}};
}

inline constexpr std::array<Alias, 1> kUpdateAlias = {Alias{0, 0, AliasKind::Update}};
inline constexpr std::array<KernelChoice, 1> kAbsorbKernels = {KernelChoice{"basic", absorb_kernel}};
inline const OpDef absorb_op{.name = "toy_absorb",
                             .infer = same_as_first,
                             .cpu = absorb_cpu,
                             .kernels = kAbsorbKernels,
                             .aliases = kUpdateAlias};

// ---- view ------------------------------------------------------------------------------------------------------

inline std::vector<TensorDesc> view_infer(const OpCall& call) {
  return {TensorDesc{call.inputs[0].dtype, Shape{call.attributes.integer("count")}}};
}

inline constexpr std::array<Alias, 1> kViewAlias = {Alias{0, 0, AliasKind::View}};
inline const OpDef view_op{.name = "toy_view", .infer = view_infer, .aliases = kViewAlias};

// ---- pack: parts placed in an updated input ---------------------------------------------------------------------

inline CpuKernel pack_cpu(const OpCall& call) {
  std::vector<std::size_t> counts;
  for (std::size_t i = 1; i < call.inputs.size(); ++i) counts.push_back(count(call.inputs[i]));
  return [counts, offsets = call.attributes.integers("offsets")](const CpuArgs& args) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      float* target = args.out<float>(0) + offsets[i];
      const std::span<float> part = input_floats(args, i + 1, counts[i]);
      if (part.data() != target) shaders().at("copy")({part, {target, counts[i]}});
    }
  };
}

inline PlannedKernel pack_kernel(const OpCall& call, const DeviceCaps&) {
  KernelPlan plan;
  for (std::uint32_t i = 1; i < call.inputs.size(); ++i) {
    Operand target = Operand::out(0);
    target.byte_offset = static_cast<std::uint64_t>(call.attributes.integers("offsets")[i - 1]) * 4;
    target.bytes = call.inputs[i].byte_count();
    plan.dispatches.push_back(Dispatch{.shader = "copy", .buffers = {Operand::in(i), target}});
  }
  return plan;
}

inline constexpr std::array<Alias, 2> kPackAliases = {Alias{0, 0, AliasKind::Update}, Alias{0, 1, AliasKind::Place}};
inline constexpr std::array<KernelChoice, 1> kPackKernels = {KernelChoice{"basic", pack_kernel}};
inline const OpDef pack_op{
    .name = "toy_pack", .infer = same_as_first, .cpu = pack_cpu, .kernels = kPackKernels, .aliases = kPackAliases};

// ---- builders --------------------------------------------------------------------------------------------------

inline Value input(Graph& graph, const std::string& name, std::int64_t n) {
  return graph.input(name, {DType::f32, Shape{n}});
}
inline Value state(Graph& graph, const std::string& name, std::int64_t n) {
  return graph.state(name, {DType::f32, Shape{n}});
}
inline Value blend(Value a, Value b) { return add_op(blend_op, {a, b}); }
inline Value rotate(Value x) { return add_op(rotate_op, {x}); }
inline Value wind(Value x) { return add_op(wind_op, {x}); }
inline Value soften(Value a, Value b) { return add_op(soften_op, {a, b}); }
inline std::vector<Value> split(Value x) { return add_node(split_op, std::span(&x, 1)); }
inline Value absorb(Value target, Value x) { return add_op(absorb_op, {target, x}); }
inline Value view(Value x, std::int64_t n, std::int64_t offset) {
  return add_op(view_op, {x}, {{"count", n}, {"offset", offset}});
}
inline Value pack(Value flat, std::vector<Value> parts, std::vector<std::int64_t> offsets) {
  parts.insert(parts.begin(), flat);
  return add_node(pack_op, parts, {{"offsets", std::move(offsets)}}).front();
}

}  // namespace scoria::toy
