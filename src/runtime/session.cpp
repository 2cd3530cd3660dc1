#include "scoria/session.h"

#include <fmt/format.h>

#include <cmath>

#include "backend/backend.h"
#include "base/check.h"
#include "base/debug.h"
#include "base/log.h"
#include "graph/node.h"
#include "passes/pipeline.h"
#include "plan/make_program.h"
#include "plan/print.h"
#include "runtime/moved_bytes.h"
#include "runtime/roofline.h"
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
  // To find the first value that is not finite, every value must still be there when the step is over.
  plan_options.alias = options.alias_memory && !debug(DebugWord::Nan);
  if (const DeviceCaps* caps = device.backend().caps()) {
    plan_options.caps = *caps;
    plan_options.max_block_bytes = caps->max_allocation_bytes;
  } else {
    plan_options.max_block_bytes = 1ull << 40;
  }
  return make_program(options.optimize ? run_passes(graph) : graph, plan_options);
}

void log_lines(const std::string& text) {
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    log(LogLevel::Info, std::string_view(text).substr(begin, end - begin));
  }
}

void log_kernels(const Program& program) {
  for (const PlacedNode& node : program.nodes) {
    if (node.kernel.empty()) continue;
    std::string line = fmt::format("kernel: {} \"{}\" {}", node.op->name, node.label, node.kernel);
    for (const std::string& refusal : node.refusals) line += "; not " + refusal;
    log(LogLevel::Info, line);
  }
}

/// Steps before this one compile and warm up; its time says what the rest will take.
constexpr std::uint64_t kTimedStep = 4;

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
        executable(device.backend().load(program, store)) {
    if (debug(DebugWord::Plan)) log_lines(to_text(program));
    if (debug(DebugWord::Kernels)) log_kernels(program);
  }

  /// Throws Error (Numeric) naming the first node of the last step with a value that is not finite.
  void refuse_non_finite() const {
    std::vector<float> values;
    for (const PlacedNode& node : program.nodes) {
      for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (node.output_descs[i].dtype != DType::f32) continue;
        values.resize(static_cast<std::size_t>(node.output_descs[i].shape.element_count()));
        executable->read_region(node.outputs[i], std::as_writable_bytes(std::span(values)));
        for (std::size_t e = 0; e < values.size(); ++e) {
          if (std::isfinite(values[e])) continue;
          throw Error(ErrorKind::Numeric,
                      fmt::format("{} \"{}\": element {} of output {} {} is {}, the first of the "
                                  "step that is not finite",
                                  node.op->name, node.label, e, i, node.output_descs[i].to_string(), values[e]));
        }
      }
    }
  }

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

void Session::step() {
  if (debug(DebugWord::Time) && statistics().steps + 1 == kTimedStep) {
    log_lines(roofline());
  } else {
    state_->executable->run();
  }
  if (debug(DebugWord::Nan)) state_->refuse_non_finite();
}

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
    row.bytes = moved_bytes(*node.op, node.input_descs, node.output_descs);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string Session::roofline() { return roofline_table(profile(), state_->device.backend().measure_peaks()); }

std::string Session::plan_text() const { return to_text(state_->program); }

}  // namespace scoria
