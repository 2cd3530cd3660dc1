#include "scoria/session.h"

#include <fmt/format.h>

#include "backend/backend.h"
#include "base/check.h"
#include "graph/node.h"
#include "passes/pipeline.h"
#include "plan/make_program.h"
#include "plan/print.h"
#include "scoria/error.h"

namespace scoria {
namespace {

const PlacedTensor* find(const std::vector<PlacedTensor>& tensors, std::string_view name, std::uint32_t& index) {
  for (index = 0; index < tensors.size(); ++index) {
    if (tensors[index].name == name) return &tensors[index];
  }
  return nullptr;
}

Program plan(const Device& device, const Graph& graph, const SessionOptions& options) {
  PlanOptions plan_options;
  plan_options.alias = options.alias_memory;
  if (const DeviceCaps* caps = device.backend().caps()) {
    plan_options.caps = *caps;
    plan_options.max_block_bytes = caps->max_allocation_bytes;
  } else {
    plan_options.max_block_bytes = 1ull << 40;
  }
  return make_program(options.optimize ? run_passes(graph) : graph, plan_options);
}

std::string shapes_of(const PlacedNode& node) {
  std::string text;
  for (const TensorDesc& desc : node.input_descs) text += (text.empty() ? "" : " x ") + desc.shape.to_string();
  for (std::size_t i = 0; i < node.output_descs.size(); ++i) {
    text += (i == 0 ? " -> " : ", ") + node.output_descs[i].shape.to_string();
  }
  return text;
}

}  // namespace

struct Session::State {
  Device device;
  std::shared_ptr<StateStore> store;
  Program program;  ///< what the executable runs, kept for names, profiles and printing
  std::unique_ptr<Executable> executable;

  State(Device opened, std::shared_ptr<StateStore> shared, const Graph& graph, const SessionOptions& options)
      : device(std::move(opened)),
        store(std::move(shared)),
        program(plan(device, graph, options)),
        executable(device.backend().load(program, store)) {}

  [[noreturn]] void no_such(std::string_view what, std::string_view name) const {
    std::string known;
    for (const auto* list : {&program.inputs, &program.outputs, &program.states}) {
      for (const PlacedTensor& tensor : *list) known += (known.empty() ? "" : ", ") + tensor.name;
    }
    throw Error(ErrorKind::Usage, fmt::format("session: no {} \"{}\"; there are: {}", what, name, known));
  }

  const PlacedTensor& readable(std::string_view name) const {
    std::uint32_t index = 0;
    if (const PlacedTensor* output = find(program.outputs, name, index)) return *output;
    if (const PlacedTensor* state = find(program.states, name, index)) return *state;
    if (const PlacedTensor* input = find(program.inputs, name, index)) return *input;
    no_such("input, output or state", name);
  }
};

Session::Session(const Device& device, const Graph& graph, const SessionOptions& options)
    : state_(std::make_unique<State>(device, device.backend().make_state_store(), graph, options)) {}

Session::Session(const Session& sharing, const Graph& graph, const SessionOptions& options)
    : state_(std::make_unique<State>(sharing.state_->device, sharing.state_->store, graph, options)) {}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::write(std::string_view name, std::span<const std::byte> bytes) {
  std::uint32_t index = 0;
  const PlacedTensor* input = find(state_->program.inputs, name, index);
  const PlacedTensor* target = input ? input : find(state_->program.states, name, index);
  if (!target) state_->no_such("input or state", name);
  if (bytes.size() != target->desc.byte_count()) {
    throw Error(ErrorKind::Usage, fmt::format("session: \"{}\" is {}, {} bytes; got {} bytes", name,
                                              target->desc.to_string(), target->desc.byte_count(), bytes.size()));
  }
  if (input) {
    state_->executable->write_input(index, bytes);
  } else {
    state_->store->write(state_->store->block(target->name, target->desc), 0, bytes);
  }
}

void Session::write(std::string_view name, const Tensor& tensor) {
  if (has(name) && desc(name) != tensor.desc()) {
    throw Error(ErrorKind::Usage, fmt::format("session: \"{}\" is {}, got a tensor {}", name, desc(name).to_string(),
                                              tensor.desc().to_string()));
  }
  write(name, tensor.bytes());
}

void Session::step() { state_->executable->run(); }

void Session::read(std::string_view name, std::span<std::byte> bytes) const {
  const PlacedTensor& source = state_->readable(name);
  if (bytes.size() != source.desc.byte_count()) {
    throw Error(ErrorKind::Usage, fmt::format("session: \"{}\" is {}, {} bytes; the buffer has {} bytes", name,
                                              source.desc.to_string(), source.desc.byte_count(), bytes.size()));
  }
  std::uint32_t index = 0;
  if (find(state_->program.outputs, name, index)) {
    state_->executable->read_output(index, bytes);
  } else if (find(state_->program.states, name, index)) {
    state_->store->read(state_->store->block(source.name, source.desc), 0, bytes);
  } else {
    state_->executable->read_region(source.region, bytes);
  }
}

Tensor Session::read(std::string_view name) const {
  Tensor tensor(desc(name));
  read(name, tensor.bytes());
  return tensor;
}

bool Session::has(std::string_view name) const {
  std::uint32_t index = 0;
  const Program& program = state_->program;
  return find(program.inputs, name, index) || find(program.outputs, name, index) || find(program.states, name, index);
}

const TensorDesc& Session::desc(std::string_view name) const { return state_->readable(name).desc; }

StepStatistics Session::statistics() const { return state_->executable->statistics(); }

std::vector<ProfileRow> Session::profile() {
  std::vector<ProfileRow> rows;
  for (const NodeTime& time : state_->executable->run_timed()) {
    const PlacedNode& node = state_->program.nodes[time.node];
    const OpCall call{node.op->name, node.label, node.input_descs, node.output_descs, node.attributes};
    ProfileRow row{std::string(node.op->name), node.label, node.kernel, shapes_of(node), time.ms, 0, 0};
    row.flops = node.op->flops ? node.op->flops(call) : 0;
    for (const TensorDesc& desc : node.input_descs) row.bytes += static_cast<double>(desc.byte_count());
    for (const TensorDesc& desc : node.output_descs) row.bytes += static_cast<double>(desc.byte_count());
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string Session::plan_text() const { return to_text(state_->program); }

}  // namespace scoria
