#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/parallel.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/expect.h"
#include "scoria/error.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

std::int64_t end_of(const OpCall& call, std::size_t part) {
  return call.attributes.integers("offsets")[part] + call.inputs[part + 1].shape.element_count();
}

void check_overlaps(const OpCall& call) {
  const std::vector<std::int64_t>& offsets = call.attributes.integers("offsets");
  std::vector<std::size_t> order(offsets.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return offsets[a] < offsets[b]; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (end_of(call, order[i - 1]) > offsets[order[i]]) {
      misuse(call, fmt::format("parts must not overlap; part {} at {} ends at {}, part {} starts at {}", order[i - 1],
                               offsets[order[i - 1]], end_of(call, order[i - 1]), order[i], offsets[order[i]]));
    }
  }
}

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_f32(call);
  const std::vector<std::int64_t>& offsets = call.attributes.integers("offsets");
  if (call.inputs[0].shape.rank() != 1) {
    misuse(call, fmt::format("flat must have one axis; got {}", call.inputs[0].shape.to_string()));
  }
  if (offsets.empty() || offsets.size() + 1 != call.inputs.size()) {
    misuse(call,
           fmt::format("each part needs an offset; got {} parts, {} offsets", call.inputs.size() - 1, offsets.size()));
  }
  for (std::size_t part = 0; part < offsets.size(); ++part) {
    if (offsets[part] < 0 || end_of(call, part) > call.inputs[0].shape.element_count()) {
      misuse(call,
             fmt::format("part {} {} at {} must lie inside flat {}", part, call.inputs[part + 1].shape.to_string(),
                         offsets[part], call.inputs[0].shape.to_string()));
    }
  }
  check_overlaps(call);
  return {call.inputs[0]};
}

void reference(const ReferenceArgs& args) {
  const std::vector<std::int64_t>& offsets = args.attributes.integers("offsets");
  for (std::size_t part = 0; part < offsets.size(); ++part) {
    const std::vector<double>& values = args.inputs[part + 1]->values;
    std::copy(values.begin(), values.end(), args.outputs[0].values.begin() + offsets[part]);
  }
}

CpuKernel cpu(const OpCall& call) {
  struct Part {
    std::int64_t offset, count;
  };
  std::vector<Part> parts;
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    parts.push_back({call.attributes.integers("offsets")[i - 1], call.inputs[i].shape.element_count()});
  }
  return [parts](const CpuArgs& args) {
    float* flat = args.out<float>(0);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const float* from = args.in<float>(i + 1);
      float* to = flat + parts[i].offset;
      if (from == to) continue;
      parallel_for(parts[i].count, 4 * kElementGrain, [=](std::int64_t first, std::int64_t last) {
        std::memcpy(to + first, from + first, static_cast<std::size_t>(last - first) * sizeof(float));
      });
    }
  };
}

// One dispatch a part: the planner leaves out those that were computed in place.
PlannedKernel plan(const OpCall& call, const DeviceCaps& caps) {
  KernelPlan plan;
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    Operand to = Operand::out(0);
    to.byte_offset = static_cast<std::uint64_t>(call.attributes.integers("offsets")[i - 1]) * 4;
    to.bytes = call.inputs[i].byte_count();
    const ElementwiseKernel copy{.shader = "pack",
                                 .buffers = {Operand::in(static_cast<std::uint32_t>(i)), to},
                                 .n = static_cast<std::uint64_t>(call.inputs[i].shape.element_count())};
    plan.dispatches.push_back(plan_unrolled(copy, caps).dispatches.front());
  }
  return plan;
}

constexpr KernelChoice kKernels[] = {{"basic", plan}};
constexpr Alias kAliases[] = {{0, 0, AliasKind::Update}, {0, 1, AliasKind::Place}};

}  // namespace

const OpDef pack_op{
    .name = "pack",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .no_grad = "it writes a state",
    .aliases = kAliases,
};
const OpRegistration pack_registered(pack_op);

Value pack(Value flat, std::span<const Value> parts, std::span<const std::int64_t> offsets) {
  std::vector<Value> inputs = {flat};
  inputs.insert(inputs.end(), parts.begin(), parts.end());
  return add_node(pack_op, inputs, {{"offsets", std::vector<std::int64_t>(offsets.begin(), offsets.end())}}).front();
}

}  // namespace scoria
