#include "plan/make_program.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "plan/aliases.h"
#include "plan/barriers.h"
#include "plan/buffers.h"
#include "plan/choose_kernel.h"
#include "plan/interleave.h"
#include "plan/memory.h"
#include "plan/print.h"
#include "plan/schedule.h"
#include "scoria/error.h"

namespace scoria {
namespace {

// The program is built twice over. First every buffer is a block of its own (a "logical" region: block = buffer, and
// the scratch buffers count on after the values'), and the dispatches get their order and their barriers as data alone
// demands. Between two barriers dispatches run at once: such a group is the moment in which memory is leased, so that
// two values never share memory in a way that needs a barrier the data did not need. Then the logical regions are
// exchanged for real ones.

// BERT base's step has 395 barriers as written, 283 with a window of 16, 281 with one of 1000; the arena stays the
// same.
constexpr std::uint32_t kInterleaveWindow = 16;

constexpr std::string_view kSmallerStep = "make the batch, the sequence length or the model smaller";

std::uint64_t aligned(std::uint64_t bytes) {
  return (std::max<std::uint64_t>(bytes, 1) + kRegionAlignment - 1) / kRegionAlignment * kRegionAlignment;
}

class ProgramMaker {
 public:
  ProgramMaker(const GraphData& graph, const PlanOptions& options)
      : graph_(graph),
        options_(options),
        order_(schedule(graph)),
        buffers_(assign_buffers(graph, order_, options.alias)) {}

  Program run() {
    refuse_large_values();
    for (std::uint32_t position = 0; position < order_.size(); ++position) add_node(position);
    find_lives();
    lay_out();
    move_to_real_regions();
    place_barriers(program_.dispatches);
    name_tensors();
    program_.unaliased_arena_bytes = unaliased_arena_bytes();
    return std::move(program_);
  }

 private:
  struct Life {
    std::uint32_t first = ~0u;
    std::uint32_t last = 0;

    void include(std::uint32_t moment) {
      first = std::min(first, moment);
      last = std::max(last, moment);
    }
  };

  std::uint64_t leased_bytes(std::uint64_t bytes) const { return aligned(bytes + options_.guard_bytes); }

  [[noreturn]] void refuse(const std::string& what, std::uint64_t bytes, std::string_view advice) const {
    throw Error(ErrorKind::Memory, fmt::format("{} takes {}, and {} allocates at most {} at once; {}", what,
                                               bytes_text(bytes), options_.caps ? options_.caps->name : "the device",
                                               bytes_text(options_.max_block_bytes), advice));
  }

  void refuse_large_values() const {
    for (const Buffer& buffer : buffers_.all()) {
      const std::uint64_t bytes =
          buffer.home == Space::Arena || buffer.home == Space::Output ? leased_bytes(buffer.bytes) : buffer.bytes;
      if (bytes <= options_.max_block_bytes) continue;
      const std::string desc = graph_.desc(buffer.owner).to_string();
      if (buffer.home == Space::State) {
        refuse(fmt::format("state \"{}\" : {}", graph_.nodes[buffer.owner.node].label, desc), buffer.bytes,
               "it is not divided, whatever the batch: take a smaller model or another device (the CPU has no such "
               "limit)");
      }
      refuse(fmt::format("{} : {}", node_name(graph_, buffer.owner.node), desc), buffer.bytes, kSmallerStep);
    }
  }

  Region logical_region(Edge value) const {
    const Location at = buffers_.find(value);
    return {Space::Arena, at.buffer, at.offset, at.bytes};
  }

  void add_node(std::uint32_t position) {
    const NodeId id = order_[position];
    const Node& node = graph_.nodes[id];
    PlacedNode placed{node.op, node.label, node.attributes, input_descs(graph_, node), node.outputs, {}, {}, {}, {}};
    for (const Edge& input : node.inputs) placed.inputs.push_back(logical_region(input));
    for (std::uint32_t i = 0; i < node.outputs.size(); ++i) placed.outputs.push_back(logical_region({id, i}));
    if (options_.caps) add_dispatches(position, placed);
    program_.nodes.push_back(std::move(placed));
  }

  void add_dispatches(std::uint32_t position, PlacedNode& node) {
    const OpCall call{node.op->name, node.label, node.input_descs, node.output_descs, node.attributes};
    ChosenKernel chosen = choose_kernel(*node.op, call, *options_.caps);
    node.kernel = chosen.name;
    node.refusals = std::move(chosen.refusals);
    const auto first_scratch = static_cast<std::uint32_t>(buffers_.all().size() + scratches_.size());
    for (const std::uint64_t bytes : chosen.plan.scratch_bytes) {
      if (leased_bytes(bytes) > options_.max_block_bytes) {
        refuse(fmt::format("scratch memory of {}", node_name(graph_, order_[position])), bytes, kSmallerStep);
      }
      scratches_.push_back(bytes);
    }
    for (Dispatch& dispatch : chosen.plan.dispatches) {
      if (copies_parts_in_place(node, dispatch)) continue;
      PlacedDispatch placed{position, std::move(dispatch), {}, false};
      for (const Operand& operand : placed.dispatch.buffers) {
        placed.buffers.push_back(operand_region(node, operand, chosen.plan, first_scratch));
      }
      program_.dispatches.push_back(std::move(placed));
    }
  }

  static Region operand_region(const PlacedNode& node, const Operand& operand, const KernelPlan& plan,
                               std::uint32_t first_scratch) {
    Region region;
    if (operand.kind == OperandKind::Scratch) {
      region = {Space::Arena, first_scratch + operand.index, 0, plan.scratch_bytes.at(operand.index)};
    } else {
      region = operand.kind == OperandKind::Input ? node.inputs.at(operand.index) : node.outputs.at(operand.index);
    }
    SCORIA_CHECK(operand.byte_offset + operand.bytes <= region.bytes, "an operand lies inside its tensor");
    region.offset += operand.byte_offset;
    region.bytes = operand.bytes != 0 ? operand.bytes : region.bytes - operand.byte_offset;
    return region;
  }

  static bool copies_parts_in_place(const PlacedNode& node, const Dispatch& dispatch) {
    const Alias* place = find_place(*node.op);
    if (!place) return false;
    const std::vector<std::int64_t>& offsets = node.attributes.integers("offsets");
    bool copies = false;
    for (const Operand& operand : dispatch.buffers) {
      if (operand.kind != OperandKind::Input || operand.index < place->input) continue;
      const std::uint32_t part = operand.index - place->input;
      Region target = node.outputs[place->output];
      target.offset += static_cast<std::uint64_t>(offsets[part]) * size_bytes(node.output_descs[place->output].dtype);
      target.bytes = node.inputs[operand.index].bytes;
      if (target != node.inputs[operand.index]) return false;
      copies = true;
    }
    return copies;
  }

  void interleave_dispatches() {
    std::vector<PlacedDispatch> reordered;
    for (const std::uint32_t i : interleave(program_.dispatches, kInterleaveWindow)) {
      reordered.push_back(std::move(program_.dispatches[i]));
    }
    program_.dispatches = std::move(reordered);
  }

  // On the host a node is a moment; on a device the dispatches between two barriers are.
  void find_lives() {
    lives_.assign(buffers_.all().size() + scratches_.size(), {});
    if (options_.caps) {
      interleave_dispatches();
      place_barriers(program_.dispatches);
      for (const PlacedDispatch& dispatch : program_.dispatches) {
        last_moment_ += dispatch.barrier_before ? 1 : 0;
        for (const Region& region : dispatch.buffers) lives_[region.block].include(last_moment_);
      }
    } else {
      for (std::uint32_t i = 0; i < buffers_.all().size(); ++i) {
        lives_[i] = {buffers_.all()[i].first, buffers_.all()[i].last};
      }
      last_moment_ = static_cast<std::uint32_t>(order_.size());
    }
  }

  void lay_out() {
    std::vector<Lease> leases;
    std::vector<std::uint32_t> leased;
    std::uint32_t index = 0;
    for (const Buffer& buffer : buffers_.all()) {
      real_.push_back({buffer.home, buffer.block, 0, buffer.bytes});
      if (buffer.home == Space::Arena) {
        leases.push_back(lease(buffer.bytes, lives_[index]));
        leased.push_back(index);
      } else if (buffer.home == Space::Input) {
        real_.back().offset = append(program_.input_bytes, aligned(buffer.bytes));
      } else if (buffer.home == Space::Output) {
        real_.back().offset = append(program_.output_bytes, leased_bytes(buffer.bytes));
      }
      ++index;
    }
    for (const std::uint64_t bytes : scratches_) {
      real_.push_back({Space::Arena, 0, 0, bytes});
      leases.push_back(lease(bytes, lives_[index]));
      leased.push_back(index++);
    }
    const ArenaLayout layout = pack_arena(leases, options_.max_block_bytes);
    program_.arena_block_bytes = layout.block_bytes;
    for (std::size_t i = 0; i < leased.size(); ++i) {
      real_[leased[i]].block = layout.slots[i].block;
      real_[leased[i]].offset = layout.slots[i].offset;
    }
  }

  // Without aliasing every lease lasts for the whole step, so that nothing overlaps; so does a value that no dispatch
  // touches.
  Lease lease(std::uint64_t bytes, const Life& life) const {
    if (!options_.alias || life.first > life.last) return {leased_bytes(bytes), 0, last_moment_};
    return {leased_bytes(bytes), life.first, life.last};
  }

  static std::uint64_t append(std::uint64_t& block_bytes, std::uint64_t bytes) {
    const std::uint64_t offset = block_bytes;
    block_bytes += bytes;
    return offset;
  }

  Region real_region(const Region& logical) const {
    Region region = real_[logical.block];
    region.offset += logical.offset;
    region.bytes = logical.bytes;
    return region;
  }

  void move_to_real_regions() {
    for (PlacedNode& node : program_.nodes) {
      for (Region& region : node.inputs) region = real_region(region);
      for (Region& region : node.outputs) region = real_region(region);
    }
    for (PlacedDispatch& dispatch : program_.dispatches) {
      for (Region& region : dispatch.buffers) region = real_region(region);
    }
  }

  void name_tensors() {
    const auto placed = [&](const NamedEdge& named) {
      return PlacedTensor{named.name, graph_.desc(named.value), real_region(logical_region(named.value))};
    };
    for (const NamedEdge& input : graph_.inputs) program_.inputs.push_back(placed(input));
    for (const NamedEdge& output : graph_.outputs) program_.outputs.push_back(placed(output));
    for (const NamedEdge& state : graph_.states) program_.states.push_back(placed(state));
  }

  std::uint64_t unaliased_arena_bytes() const {
    std::uint64_t bytes = 0;
    const Buffers buffers = assign_buffers(graph_, order_, false);
    for (const Buffer& buffer : buffers.all()) {
      if (buffer.home == Space::Arena) bytes += leased_bytes(buffer.bytes);
    }
    for (const std::uint64_t scratch : scratches_) bytes += leased_bytes(scratch);
    return bytes;
  }

  const GraphData& graph_;
  const PlanOptions& options_;
  std::vector<NodeId> order_;
  Buffers buffers_;
  std::vector<std::uint64_t> scratches_;  // bytes
  std::vector<Life> lives_;               // by buffer, then by scratch
  std::uint32_t last_moment_ = 0;
  std::vector<Region> real_;  // by buffer, then by scratch
  Program program_;
};

}  // namespace

Program make_program(const Graph& graph, const PlanOptions& options) {
  return ProgramMaker(graph.data(), options).run();
}

}  // namespace scoria
