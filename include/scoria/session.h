#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/device.h"
#include "scoria/graph.h"
#include "scoria/tensor.h"

namespace scoria {

/// Time of the nodes of one op and kernel in one step.
struct ProfileRow {
  std::string op;
  std::string label;   ///< of the node
  std::string kernel;  ///< "" on the CPU
  std::string shapes;  ///< "[32, 128] x [128, 512] -> [32, 512]"
  double ms = 0;
  double flops = 0;  ///< multiply and add count as two; 0 where the op moves data only
  double bytes = 0;  ///< read and written, each tensor once
};

struct SessionOptions {
  /// False gives every value its own memory: to look for planner faults.
  bool alias_memory = true;
  /// False runs the graph exactly as written, without fusing passes.
  bool optimize = true;
};

/// A graph made ready on a device: planned, compiled, recorded once and replayed each step. A session is used by
/// one thread at a time. On the CPU it computes on that thread and on OpenMP's; an application's signal handlers and
/// profilers may run on any of them at any time: a stack pointer there always points into the thread's stack.
class Session {
 public:
  Session(const Device& device, const Graph& graph, const SessionOptions& options = {});
  /// The same, sharing by name the states of another session on the same device. They share memory for intermediate
  /// values too, so that of the sessions that share states one runs at a time.
  Session(const Session& sharing, const Graph& graph, const SessionOptions& options = {});
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  /// Writes an input (for the next step) or a state (now). The bytes must be all of it.
  /// Throws Error (Usage) if there is no such name or the size differs.
  void write(std::string_view name, std::span<const std::byte> bytes);
  void write(std::string_view name, const Tensor& tensor);
  /// Runs one step and waits for it.
  void step();
  /// Reads an output (of the last step) or a state (as it is now).
  void read(std::string_view name, std::span<std::byte> bytes) const;
  Tensor read(std::string_view name) const;

  bool has(std::string_view name) const;
  const TensorDesc& desc(std::string_view name) const;
  StepStatistics statistics() const;
  /// Runs one step, measuring every node, and returns a row a node.
  std::vector<ProfileRow> profile();
  /// The same as a table, a line per op and kernel, with shares of the device's measured peaks. Takes a second more.
  std::string roofline();
  /// The plan as text: nodes in order with kernel and refusals, dispatches with barriers, the arena as a picture.
  std::string plan_text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scoria
